import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/** The plain calls: nodes, transactions, permissions. */
final class Nodes {
  static void nodesAreMadeReadChangedAndDeleted(Stage s) throws Exception {
    CuratorFramework c = s.client();
    Stat stat = new Stat();
    s.note(c.create().storingStatIn(stat).forPath("/a", "1".getBytes()), Stage.facts(stat));
    s.note(c.create().creatingParentsIfNeeded().forPath("/p/q/r", new byte[0]), c.create().orSetData().forPath("/a", "2".getBytes()));
    s.note(c.getData().storingStatIn(stat).forPath("/a"), Stage.facts(stat), Stage.facts(c.checkExists().forPath("/none")));
    s.note(Stage.facts(c.setData().withVersion(1).forPath("/a", "3".getBytes())));
    s.note(Stage.error(() -> c.setData().withVersion(1).forPath("/a")), Stage.error(() -> c.create().forPath("/a")),
        Stage.error(() -> c.create().forPath("/none/a")), Stage.error(() -> c.delete().forPath("/p")),
        Stage.error(() -> c.delete().withVersion(7).forPath("/a")), Stage.error(() -> c.getData().forPath("/none")));
    s.note(new TreeSet<>(c.getChildren().storingStatIn(stat).forPath("/p")), Stage.facts(stat));
    c.delete().deletingChildrenIfNeeded().forPath("/p");
    c.delete().quietly().forPath("/p");
    s.note(Stage.facts(c.checkExists().forPath("/p")), c.getChildren().forPath("/"));
  }

  static void modesOfNodes(Stage s) throws Exception {
    CuratorFramework c = s.client();
    for (CreateMode mode : CreateMode.values()) {
      if (mode.isTTL()) {
        Stat stat = new Stat();
        s.note(mode, c.create().withTtl(60_000).storingStatIn(stat).withMode(mode).forPath("/n-" + mode), Stage.facts(stat));
      } else {
        Stat stat = new Stat();
        s.note(mode, c.create().storingStatIn(stat).withMode(mode).forPath("/n-" + mode), Stage.facts(stat));
      }
    }
    s.note(Stage.error(() -> c.create().withTtl(-1).withMode(CreateMode.PERSISTENT_WITH_TTL).forPath("/bad")),
        Stage.error(() -> c.create().forPath("/n-EPHEMERAL/child")), c.create().forPath("/n-CONTAINER/child"));
  }

  static void parentsAreContainersWhereAsked(Stage s) throws Exception {
    CuratorFramework c = s.client();
    s.note(c.create().creatingParentContainersIfNeeded().forPath("/a/b/c"), Stage.facts(c.checkExists().forPath("/a/b")));
    s.note(c.checkExists().creatingParentContainersIfNeeded().forPath("/x/y/z") == null, Stage.facts(c.checkExists().forPath("/x/y")));
    c.createContainers("/k/l");
    s.note(Stage.facts(c.checkExists().forPath("/k/l")));
  }

  static void protectedNodesCarryAMark(Stage s) throws Exception {
    CuratorFramework c = s.client();
    String path = c.create().withProtection().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/n-");
    s.note(path.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "mark"), c.getChildren().forPath("/").size());
  }

  static void transactionsAreAllOrNothing(Stage s) throws Exception {
    CuratorFramework c = s.client();
    c.create().forPath("/a", "0".getBytes());
    List<CuratorTransactionResult> done = c.transaction().forOperations(
        c.transactionOp().create().forPath("/a/b", "1".getBytes()),
        c.transactionOp().create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath("/a/n-"),
        c.transactionOp().check().withVersion(0).forPath("/a"),
        c.transactionOp().setData().withVersion(0).forPath("/a", "2".getBytes()),
        c.transactionOp().delete().forPath("/a/b"));
    for (CuratorTransactionResult r : done) {
      s.note(r.getType(), r.getForPath(), r.getResultPath(), Stage.facts(r.getResultStat()), r.getError());
    }
    try {
      c.transaction().forOperations(c.transactionOp().create().forPath("/kept-out"), c.transactionOp().check().withVersion(9).forPath("/a"),
          c.transactionOp().delete().forPath("/a"));
      s.note("no error");
    } catch (KeeperException e) {
      s.note(e.code(), e.getResults().stream().map(r -> r.getClass().getSimpleName() + r.getType()).collect(Collectors.toList()));
    }
    s.note(Stage.facts(c.checkExists().forPath("/kept-out")), c.getData().forPath("/a"));
  }

  static void permissionsBindStrangers(Stage s) throws Exception {
    CuratorFramework ann = s.client("ann:secret"), stranger = s.client();
    Id id = new Id("digest", DigestAuthenticationProvider.generateDigest("ann:secret"));
    ann.create().withACL(ZooDefs.Ids.CREATOR_ALL_ACL).forPath("/hers", "x".getBytes());
    s.note(ann.getACL().forPath("/hers"), Stage.error(() -> stranger.getData().forPath("/hers")),
        Stage.error(() -> stranger.getACL().forPath("/hers")), Stage.error(() -> stranger.setData().forPath("/hers")));
    List<ACL> open = new ArrayList<>(List.of(new ACL(ZooDefs.Perms.ALL, id)));
    open.addAll(ZooDefs.Ids.READ_ACL_UNSAFE);
    s.note(Stage.facts(ann.setACL().withVersion(0).withACL(open).forPath("/hers")), Stage.error(() -> ann.setACL().withVersion(0).withACL(open).forPath("/hers")));
    s.note(stranger.getData().forPath("/hers"), stranger.getACL().forPath("/hers"),
        Stage.error(() -> stranger.create().withACL(ZooDefs.Ids.CREATOR_ALL_ACL).forPath("/no-one")));
  }

  static void callsInTheBackgroundKeepTheirOrder(Stage s) throws Exception {
    CuratorFramework c = s.client();
    c.create().forPath("/n");
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch all = new CountDownLatch(101);
    c.getCuratorListenable().addListener((client, e) -> {
      seen.add(e.getType() + " " + e.getResultCode() + " " + (e.getStat() == null ? "" : e.getStat().getVersion()));
      all.countDown();
    });
    for (int i = 0; i < 100; i++) {
      c.setData().inBackground().forPath("/n", new byte[i]);
    }
    c.sync().inBackground().forPath("/n");
    Stage.check(all.await(Stage.PATIENCE, TimeUnit.SECONDS), "all answers");
    s.note(seen);
  }

  static void shellCommandsOfTheClientLibrary(Stage s) throws Exception {
    CuratorFramework c = s.client("ann:secret");
    c.create().creatingParentsIfNeeded().forPath("/a/b/c");
    c.create().withMode(CreateMode.EPHEMERAL).forPath("/a/e");
    s.note(c.getZookeeperClient().getZooKeeper().getAllChildrenNumber("/a"), c.getZookeeperClient().getZooKeeper().getEphemerals("/a"),
        c.getZookeeperClient().getZooKeeper().whoAmI().stream().map(i -> i.getAuthScheme() + " " + i.getUser()).sorted().collect(Collectors.toList()));
    s.note(new String(c.getConfig().forEnsemble()).length(), Stage.error(() -> c.reconfig().leaving("1").forEnsemble()));
  }
}
