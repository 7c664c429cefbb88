package org.awaitility;

import java.time.Duration;
import java.util.concurrent.Callable;

/** As much of the library of that name as Curator's tests use; Debian does not have it. */
public class Awaitility {
    private final String what;
    private Duration most = Duration.ofSeconds(10);
    private Duration interval = Duration.ofMillis(100);

    private Awaitility(String what) { this.what = what; }

    /** An assertion, which fails by what it throws. */
    public interface ThrowingRunnable {
        void run() throws Throwable;
    }

    public static Awaitility await() { return new Awaitility("a condition"); }

    public static Awaitility await(String what) { return new Awaitility(what); }

    public Awaitility atMost(Duration most) {
        this.most = most;
        return this;
    }

    public Awaitility pollInterval(Duration interval) {
        this.interval = interval;
        return this;
    }

    public Awaitility pollInSameThread() { return this; }

    public void until(Callable<Boolean> condition) {
        untilAsserted(() -> {
            if (!condition.call()) {
                throw new AssertionError(what);
            }
        });
    }

    public void untilAsserted(ThrowingRunnable assertion) {
        long end = System.nanoTime() + most.toNanos();
        while (true) {
            try {
                assertion.run();
                return;
            } catch (Throwable problem) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("not within " + most + ": " + what, problem);
                }
            }
            try {
                Thread.sleep(interval.toMillis());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
