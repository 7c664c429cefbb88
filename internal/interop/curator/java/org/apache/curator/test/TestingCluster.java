package org.apache.curator.test;

import java.io.Closeable;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/** Tests that need several servers are left out, and counted as such, on either side: there is no ensemble of ours. */
public class TestingCluster implements Closeable {
    static final String REASON = "needs an ensemble";

    public TestingCluster(int quantity) { throw new TestAbortedException(REASON); }

    public TestingCluster(InstanceSpec... specs) { throw new TestAbortedException(REASON); }

    public TestingCluster(Collection<InstanceSpec> specs) { throw new TestAbortedException(REASON); }

    public TestingCluster(Map<InstanceSpec, Collection<InstanceSpec>> specs) { throw new TestAbortedException(REASON); }

    public static Map<InstanceSpec, Collection<InstanceSpec>> makeSpecs(int quantity, boolean reset) { return Map.of(); }

    public void start() { }

    public Collection<InstanceSpec> getInstances() { return List.of(); }

    @Override
    public void close() { }
}
