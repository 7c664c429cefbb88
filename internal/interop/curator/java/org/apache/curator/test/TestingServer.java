package org.apache.curator.test;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What Curator's tests take for a server in their own process: it has the methods of the class of that name in Curator's test jar,
 * before which it stands on the class path. If the property "server.command" names a program, that is the server: it is told on its
 * standard input to stop and to start, and ends with that input. Otherwise it is ZooKeeper, in this process and as Curator starts it,
 * but on the loopback interface alone.
 */
public class TestingServer implements Closeable {
    private static final String COMMAND = System.getProperty("server.command", "");

    private final InstanceSpec spec;
    private final TestingZooKeeperServer genuine;
    private final Process process;
    private final BufferedReader answers;
    private boolean closed;

    public TestingServer() throws Exception { this(-1, null, true); }

    public TestingServer(boolean start) throws Exception { this(-1, null, start); }

    public TestingServer(int port) throws Exception { this(port, null, true); }

    public TestingServer(int port, boolean start) throws Exception { this(port, null, start); }

    public TestingServer(int port, File directory) throws Exception { this(port, directory, true); }

    public TestingServer(int port, File directory, boolean start) throws Exception {
        this(new InstanceSpec(directory, port, -1, -1, true, -1, -1, -1, Map.of("clientPortAddress", "127.0.0.1")), start);
    }

    public TestingServer(InstanceSpec spec, boolean start) throws Exception {
        this.spec = spec;
        if (COMMAND.isEmpty()) {
            process = null;
            answers = null;
            genuine = new TestingZooKeeperServer(new QuorumConfigBuilder(spec));
        } else {
            genuine = null;
            process = launch();
            answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }
        if (start) {
            start();
        }
    }

    private Process launch() throws Exception {
        String tick = new QuorumConfigBuilder(spec).buildConfigProperties(0).getProperty("tickTime");
        String interval = System.getProperty("znode.container.checkIntervalMs", "60000");
        // One class of tests puts faults into the Java server by this property. Ours has such faults.
        boolean chaos = System.getProperty("zookeeper.serverCnxnFactory", "").contains("ChaosMonkey");
        ProcessBuilder builder = new ProcessBuilder(List.of(COMMAND, "-serve", "-chaos=" + chaos,
            "-port", Integer.toString(spec.getPort()), "-tick", tick + "ms", "-containers", interval + "ms"));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private synchronized void tell(String what) throws IOException {
        process.getOutputStream().write((what + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        String answer = answers.readLine();
        if (!"done".equals(answer)) {
            throw new IOException(what + ": " + answer);
        }
    }

    public int getPort() { return spec.getPort(); }

    public File getTempDirectory() { return spec.getDataDirectory(); }

    public String getConnectString() { return spec.getConnectString(); }

    public void start() throws Exception {
        if (genuine != null) {
            genuine.start();
        } else {
            tell("start");
        }
    }

    public void stop() throws IOException {
        if (genuine != null) {
            genuine.stop();
        } else if (!closed) {
            tell("stop");
        }
    }

    public void restart() throws Exception {
        if (genuine != null) {
            genuine.restart();
            return;
        }
        if (closed) {
            throw new IllegalStateException("cannot restart a closed server");
        }
        tell("stop");
        tell("start");
    }

    @Override
    public void close() throws IOException {
        if (genuine != null) {
            genuine.close();
            return;
        }
        if (closed) {
            return;
        }
        closed = true;
        process.getOutputStream().close();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        DirectoryUtils.deleteRecursively(spec.getDataDirectory());
    }
}
