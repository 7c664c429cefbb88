import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher;

/** What Curator does when the link fails or the session ends. */
final class Faults {
  private static long session(CuratorFramework c) throws Exception {
    return c.getZookeeperClient().getZooKeeper().getSessionId();
  }

  static void sessionOutlivesItsConnection(Stage s) throws Exception {
    CuratorFramework c = s.client();
    c.create().withMode(CreateMode.EPHEMERAL).forPath("/e");
    List<ConnectionState> states = Stage.history(c);
    long before = session(c);
    s.fault("reset");
    Stage.until("it is back", () -> states.size() == 2);
    s.note(states, session(c) == before, c.checkExists().forPath("/e") != null);
  }

  static void watchesAreSetAnewAfterAReconnect(Stage s) throws Exception {
    CuratorFramework c = s.client(), b = s.direct();
    b.create().forPath("/n");
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Watcher w = e -> {
      if (e.getPath() != null) {
        seen.add(e.getType() + " " + e.getPath());
      }
    };
    c.getData().usingWatcher(w).forPath("/n");
    c.checkExists().usingWatcher(w).forPath("/missing");
    c.getChildren().usingWatcher(w).forPath("/");
    s.fault("refuse");
    s.fault("reset");
    b.setData().forPath("/n", "1".getBytes());
    b.create().forPath("/missing");
    s.fault("accept");
    Stage.until("all are told", () -> seen.size() == 3);
    s.note(new TreeSet<>(seen));
  }

  static void protectedCreateHappensOnceThoughItsAnswerIsLost(Stage s) throws Exception {
    CuratorFramework c = s.client();
    s.fault("lose-reply");
    c.create().withProtection().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/n-");
    s.note(c.getChildren().forPath("/").size());
  }

  static void expiredSessionIsReplaced(Stage s) throws Exception {
    CuratorFramework c = s.client(), b = s.direct();
    c.create().withMode(CreateMode.EPHEMERAL).forPath("/e");
    List<ConnectionState> states = Stage.history(c);
    long before = session(c);
    s.expire(c);
    Stage.until("it has a new one", () -> states.contains(ConnectionState.RECONNECTED));
    s.note(states.contains(ConnectionState.LOST), session(c) != before, Stage.facts(b.checkExists().forPath("/e")));
  }

  static void silentSessionExpires(Stage s) throws Exception {
    CuratorFramework c = s.client(1_000), b = s.direct();
    c.create().withMode(CreateMode.EPHEMERAL).forPath("/e");
    List<ConnectionState> states = Stage.history(c);
    s.fault("cut");
    Stage.until("its node goes", () -> b.checkExists().forPath("/e") == null);
    s.fault("heal");
    Stage.until("it is back", () -> states.contains(ConnectionState.RECONNECTED));
    s.note(states, Stage.facts(c.checkExists().forPath("/e")));
  }
}
