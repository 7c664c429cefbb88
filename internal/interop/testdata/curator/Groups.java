import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedCountListener;
import org.apache.curator.framework.recipes.shared.SharedCountReader;
import org.apache.curator.framework.recipes.shared.VersionedValue;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryForever;
import org.apache.zookeeper.CreateMode;

/** Barriers, queues, memberships and counters. */
final class Groups {
  static void barrierHoldsUntilItIsRemoved(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    DistributedBarrier mine = new DistributedBarrier(a, "/barrier"), theirs = new DistributedBarrier(b, "/barrier");
    mine.setBarrier();
    s.note(theirs.waitOnBarrier(50, TimeUnit.MILLISECONDS));
    Future<Boolean> passed = s.background(() -> theirs.waitOnBarrier(Stage.PATIENCE, TimeUnit.SECONDS));
    mine.removeBarrier();
    s.note(Stage.result(passed));
  }

  static void doubleBarrierWaitsForEveryoneBothWays(Stage s) throws Exception {
    List<Integer> inside = Collections.synchronizedList(new ArrayList<>());
    List<Future<Boolean>> all = new ArrayList<>();
    CuratorFramework c = s.client();
    for (int i = 0; i < 3; i++) {
      int n = i;
      DistributedDoubleBarrier barrier = new DistributedDoubleBarrier(s.client(), "/barrier", 3);
      all.add(s.background(() -> {
        boolean in = barrier.enter(Stage.PATIENCE, TimeUnit.SECONDS);
        inside.add(n);
        Stage.until("all are inside", () -> inside.size() == 3);
        return in && barrier.leave(Stage.PATIENCE, TimeUnit.SECONDS);
      }));
    }
    for (Future<Boolean> f : all) {
      s.note(Stage.result(f));
    }
    s.note(new TreeSet<>(inside), c.getChildren().forPath("/barrier"));
  }

  static void persistentNodeComesBack(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.direct();
    try (PersistentNode node = new PersistentNode(a, CreateMode.EPHEMERAL, false, "/node", "here".getBytes())) {
      node.start();
      Stage.check(node.waitForInitialCreate(Stage.PATIENCE, TimeUnit.SECONDS), "the node");
      b.delete().forPath("/node");
      Stage.until("it is back after a deletion", () -> b.checkExists().forPath("/node") != null);
      long owner = b.checkExists().forPath("/node").getEphemeralOwner();
      s.expire(a);
      Stage.until("it is back after an expiry", () -> {
        var stat = b.checkExists().forPath("/node");
        return stat != null && stat.getEphemeralOwner() != owner;
      });
      s.note(b.getData().forPath("/node"));
    }
    Stage.until("it goes in the end", () -> b.checkExists().forPath("/node") == null);
  }

  static void ttlNodeIsKeptWhileItIsTouched(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    try (PersistentTtlNode node = new PersistentTtlNode(a, "/node", 2_000, "here".getBytes())) {
      node.start();
      Stage.check(node.waitForInitialCreate(Stage.PATIENCE, TimeUnit.SECONDS), "the node");
      Stage.until("it is touched", () -> b.checkExists().forPath("/node/touch") != null);
      s.note(b.getData().forPath("/node"), b.getChildren().forPath("/node"));
    }
  }

  static void groupKnowsItsMembers(Stage s) throws Exception {
    try (GroupMember a = new GroupMember(s.client(), "/group", "a", "1".getBytes()); GroupMember b = new GroupMember(s.client(), "/group", "b", "2".getBytes())) {
      a.start();
      b.start();
      Stage.until("both see both", () -> a.getCurrentMembers().size() == 2 && b.getCurrentMembers().size() == 2);
      s.note(new TreeSet<>(a.getCurrentMembers().keySet()), a.getCurrentMembers().get("b"));
      b.close();
      Stage.until("one is left", () -> a.getCurrentMembers().size() == 1);
      s.note(a.getCurrentMembers().keySet());
    }
  }

  static void sharedCountIsChangedByOneAtATime(Stage s) throws Exception {
    try (SharedCount a = new SharedCount(s.client(), "/count", 7); SharedCount b = new SharedCount(s.client(), "/count", 0)) {
      a.start();
      b.start();
      BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
      b.addListener(new SharedCountListener() {
        @Override
        public void countHasChanged(SharedCountReader reader, int n) {
          heard.add(n);
        }

        @Override
        public void stateChanged(CuratorFramework c, ConnectionState state) {}
      });
      VersionedValue<Integer> old = a.getVersionedValue();
      s.note(a.trySetCount(old, 8), heard.poll(Stage.PATIENCE, TimeUnit.SECONDS), a.trySetCount(old, 9), a.getCount(), b.getCount());
    }
  }

  static void atomicLongLosesNoIncrement(Stage s) throws Exception {
    List<Future<Void>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      DistributedAtomicLong n = new DistributedAtomicLong(s.client(), "/long", new RetryForever(2));
      all.add(s.background(() -> {
        for (int k = 0; k < 10; k++) {
          Stage.check(n.increment().succeeded(), "an increment");
        }
        return null;
      }));
    }
    for (Future<Void> f : all) {
      Stage.result(f);
    }
    s.note(new DistributedAtomicLong(s.client(), "/long", new RetryForever(2)).get().postValue());
  }

  static void queueKeepsItsOrder(Stage s) throws Exception {
    SimpleDistributedQueue a = new SimpleDistributedQueue(s.client(), "/queue"), b = new SimpleDistributedQueue(s.client(), "/queue");
    s.note(a.poll() == null, a.peek() == null);
    Future<byte[]> taken = s.background(b::take);
    a.offer("zero".getBytes());
    s.note(Stage.result(taken));
    for (String value : List.of("one", "two", "three")) {
      a.offer(value.getBytes());
    }
    s.note(b.peek(), b.poll(), a.poll(), b.poll(Stage.PATIENCE, TimeUnit.SECONDS), b.poll(50, TimeUnit.MILLISECONDS) == null);
  }
}
