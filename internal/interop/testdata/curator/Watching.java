import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.WatcherRemoveCuratorFramework;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.WatcherType;

/** Watches, and the caches that Curator builds on them. */
@SuppressWarnings("deprecation") // the older caches have users too
final class Watching {
  private static List<String> list() {
    return Collections.synchronizedList(new ArrayList<>());
  }

  private static Watcher into(List<String> seen) {
    return e -> seen.add(e.getType() + " " + e.getPath());
  }

  private static void changes(CuratorFramework c) throws Exception {
    c.create().forPath("/t/a", "1".getBytes());
    c.create().forPath("/t/a/b", "2".getBytes());
    c.setData().forPath("/t/a", "3".getBytes());
    c.delete().forPath("/t/a/b");
    c.create().forPath("/t/c", "4".getBytes());
    c.delete().forPath("/t/a");
    c.setData().forPath("/t", "5".getBytes());
  }

  static void oneShotWatchesFireOnce(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    List<String> seen = list();
    a.checkExists().usingWatcher(into(seen)).forPath("/n");
    b.create().forPath("/n");
    Stage.until("created", () -> seen.size() == 1);
    a.getData().usingWatcher(into(seen)).forPath("/n");
    a.getChildren().usingWatcher(into(seen)).forPath("/n");
    b.create().forPath("/n/c");
    b.setData().forPath("/n");
    b.setData().forPath("/n");
    Stage.until("changed", () -> seen.size() == 3);
    a.sync().forPath("/n");
    s.note(seen);
  }

  static void persistentWatchesStay(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    b.create().forPath("/t");
    List<String> one = list(), all = list();
    a.watchers().add().withMode(AddWatchMode.PERSISTENT).usingWatcher(into(one)).forPath("/t");
    b.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE).usingWatcher(into(all)).forPath("/t");
    changes(b);
    b.delete().forPath("/t/c");
    b.delete().forPath("/t");
    Stage.until("all is told", () -> one.contains("NodeDeleted /t") && all.contains("NodeDeleted /t"));
    s.note(one);
    s.note(all);
  }

  static void watchesCanBeTakenBack(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    b.create().forPath("/t");
    List<String> seen = list();
    Watcher w = into(seen);
    a.getData().usingWatcher(w).forPath("/t");
    a.getChildren().usingWatcher(w).forPath("/t");
    a.watches().remove(w).ofType(WatcherType.Data).forPath("/t");
    Stage.until("one is taken back", () -> seen.size() == 1);
    s.note(seen);
    a.watches().removeAll().forPath("/t");
    Stage.until("the other is too", () -> seen.size() == 2);
    s.note(new TreeSet<>(seen), Stage.error(() -> a.watches().removeAll().forPath("/t")), Stage.error(() -> a.watches().remove(w).forPath("/none")));
    a.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE).usingWatcher(w).forPath("/t");
    a.watches().removeAll().forPath("/t");
    Stage.until("the persistent one is too", () -> seen.size() == 3);
    changes(b);
    a.sync().forPath("/t");
    s.note(seen.get(2), seen.size());
    WatcherRemoveCuratorFramework facade = a.newWatcherRemoveCuratorFramework();
    facade.checkExists().usingWatcher(w).forPath("/later");
    facade.removeWatchers();
    Stage.until("the facade's is too", () -> seen.size() == 4);
    b.create().forPath("/later");
    a.checkExists().forPath("/later");
    s.note(seen.get(3), seen.size());
  }

  static void persistentWatcherOutlivesAReset(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.direct();
    b.create().forPath("/t");
    List<String> seen = list(), resets = list();
    try (PersistentWatcher w = new PersistentWatcher(a, "/t", true)) {
      w.getListenable().addListener(e -> {
        if (e.getPath() != null) {
          seen.add(e.getType() + " " + e.getPath());
        }
      });
      w.getResetListenable().addListener(() -> resets.add("reset"));
      w.start();
      Stage.until("it is set", () -> resets.size() == 1);
      b.create().forPath("/t/before");
      Stage.until("heard", () -> seen.size() == 1);
      s.fault("reset");
      Stage.until("it is set anew", () -> resets.size() == 2);
      b.create().forPath("/t/after");
      Stage.until("heard again", () -> seen.contains("NodeCreated /t/after"));
      s.note(seen);
    }
  }

  static void curatorCacheHoldsTheTree(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    b.create().creatingParentsIfNeeded().forPath("/t/old", "0".getBytes());
    List<String> seen = list();
    try (CuratorCache cache = CuratorCache.build(a, "/t")) {
      cache.listenable().addListener(CuratorCacheListener.builder()
          .forInitialized(() -> seen.add("initialized"))
          .forCreates(n -> seen.add("created " + n.getPath()))
          .forChanges((from, to) -> seen.add("changed " + to.getPath() + " to " + new String(to.getData())))
          .forDeletes(n -> seen.add("deleted " + n.getPath())).build());
      cache.start();
      Stage.until("initialized", () -> seen.contains("initialized"));
      s.note(new TreeSet<>(seen));
      seen.clear();
      // One at a time: the cache reads a node after the event, and may find what came later.
      b.create().forPath("/t/a", "1".getBytes());
      Stage.until("created", () -> seen.contains("created /t/a"));
      b.setData().forPath("/t/a", "2".getBytes());
      Stage.until("changed", () -> seen.contains("changed /t/a to 2"));
      b.delete().forPath("/t/a");
      Stage.until("deleted", () -> seen.contains("deleted /t/a"));
      s.note(seen, cache.size(), cache.get("/t/old").map(n -> new String(n.getData())));
    }
  }

  static void olderCachesFollow(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    b.create().forPath("/t");
    try (PathChildrenCache children = new PathChildrenCache(a, "/t", true); NodeCache node = new NodeCache(a, "/t"); TreeCache tree = new TreeCache(a, "/t")) {
      children.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
      node.start(true);
      tree.start();
      changes(b);
      Stage.until("the node", () -> new String(node.getCurrentData().getData()).equals("5"));
      Stage.until("the children", () -> children.getCurrentData().size() == 1 && children.getCurrentData("/t/c") != null);
      Stage.until("the tree", () -> tree.getCurrentChildren("/t") != null && tree.getCurrentChildren("/t").keySet().equals(Collections.singleton("c"))
          && new String(tree.getCurrentData("/t").getData()).equals("5"));
      s.note(children.getCurrentData("/t/c").getData(), Stage.facts(tree.getCurrentData("/t").getStat()), tree.getCurrentChildren("/t").keySet());
    }
  }
}
