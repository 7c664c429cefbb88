import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryForever;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * A corner of the service for one claim, and the clients that are in it.
 *
 * <p>A claim checks what must be, and notes what it saw: that must be the same on every server. A line that begins with "! " asks
 * whoever runs the program for a fault of the link between clients and server, and gets a line in return.
 */
final class Stage implements AutoCloseable {
  /** Seconds; what takes longer does not happen. */
  static final int PATIENCE = 20;

  private static final BufferedReader answers = new BufferedReader(new InputStreamReader(System.in));

  private final String linked, direct, corner;
  private final List<CuratorFramework> clients = new ArrayList<>();
  private final ExecutorService background = Executors.newCachedThreadPool();

  Stage(String linked, String direct, String corner) {
    this.linked = linked;
    this.direct = direct;
    this.corner = corner;
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  interface Call {
    void run() throws Exception;
  }

  /** A client behind the link that faults strike. */
  CuratorFramework client() throws Exception {
    return client(10_000);
  }

  CuratorFramework client(int timeoutMs) throws Exception {
    return start(linked, timeoutMs, null);
  }

  /** A client that has said who it is. */
  CuratorFramework client(String credential) throws Exception {
    return start(linked, 10_000, credential);
  }

  /** A client that no fault of the link strikes. */
  CuratorFramework direct() throws Exception {
    return start(direct, 10_000, null);
  }

  private CuratorFramework start(String addr, int timeoutMs, String credential) throws Exception {
    CuratorFrameworkFactory.Builder b = CuratorFrameworkFactory.builder().connectString(addr + corner)
        .sessionTimeoutMs(timeoutMs).connectionTimeoutMs(10_000).waitForShutdownTimeoutMs(0).retryPolicy(new RetryForever(20));
    if (credential != null) {
      b.authorization("digest", credential.getBytes());
    }
    CuratorFramework c = b.build();
    clients.add(c);
    c.start();
    check(c.blockUntilConnected(PATIENCE, TimeUnit.SECONDS), "a connection");
    return c;
  }

  void note(Object... facts) {
    StringBuilder line = new StringBuilder();
    for (Object f : facts) {
      line.append(line.length() == 0 ? "" : " ").append(f instanceof byte[] ? new String((byte[]) f) : f);
    }
    System.out.println(line);
  }

  void fault(String what) throws IOException {
    System.out.println("! " + what);
    check("done".equals(answers.readLine()), what);
  }

  /** Ends the client's session the way another process with its password can. */
  void expire(CuratorFramework c) throws Exception {
    ZooKeeper z = c.getZookeeperClient().getZooKeeper();
    CountDownLatch there = new CountDownLatch(1);
    ZooKeeper other = new ZooKeeper(direct, 10_000, e -> {
      if (e.getState() == KeeperState.SyncConnected) {
        there.countDown();
      }
    }, z.getSessionId(), z.getSessionPasswd());
    check(there.await(PATIENCE, TimeUnit.SECONDS), "the session's other connection");
    other.close();
  }

  /** Runs the call in a thread, for its result to be waited for. */
  <T> Future<T> background(Callable<T> call) {
    return background.submit(call);
  }

  static <T> T result(Future<T> of) throws Exception {
    return of.get(PATIENCE, TimeUnit.SECONDS);
  }

  /** Waits for a condition that comes true by itself. */
  static void until(String what, Condition c) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
    while (!c.holds()) {
      check(System.nanoTime() < deadline, "in vain: " + what);
      Thread.sleep(5);
    }
  }

  static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  /** The states of the client's connection from now on. Listeners may hear late of the very first, which is left out. */
  static List<ConnectionState> history(CuratorFramework c) {
    List<ConnectionState> states = Collections.synchronizedList(new ArrayList<>());
    c.getConnectionStateListenable().addListener((client, state) -> {
      if (state != ConnectionState.CONNECTED) {
        states.add(state);
      }
    });
    return states;
  }

  /** The name of the error that the call ends with. */
  static String error(Call call) {
    try {
      call.run();
      return "no error";
    } catch (KeeperException e) {
      return e.code().toString();
    } catch (Exception e) {
      return e.getClass().getSimpleName();
    }
  }

  /** What a stat says that does not depend on when and by whom. */
  static String facts(Stat s) {
    return s == null ? "none" : String.format("version %d cversion %d aversion %d children %d length %d ephemeral %b",
        s.getVersion(), s.getCversion(), s.getAversion(), s.getNumChildren(), s.getDataLength(), s.getEphemeralOwner() != 0);
  }

  @Override
  public void close() throws Exception {
    for (CuratorFramework c : clients) {
      c.close();
    }
    background.shutdownNow();
    check(background.awaitTermination(PATIENCE, TimeUnit.SECONDS), "the end of what runs in the background");
  }
}
