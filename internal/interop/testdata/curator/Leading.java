import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;

/** Elections. */
final class Leading {
  private static void await(LeaderLatch latch) throws Exception {
    Stage.check(latch.await(Stage.PATIENCE, TimeUnit.SECONDS), "leadership");
  }

  static void latchPassesOnWhenItsLeaderCloses(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    LeaderLatch first = new LeaderLatch(a, "/latch", "first"), second = new LeaderLatch(b, "/latch", "second");
    first.start();
    await(first);
    second.start();
    Stage.until("two take part", () -> second.getParticipants().size() == 2);
    s.note(second.getParticipants().stream().map(Participant::toString).sorted().collect(Collectors.toList()), second.hasLeadership(), second.getLeader().getId());
    first.close();
    await(second);
    s.note(first.hasLeadership(), second.getLeader().getId(), second.getParticipants().size());
    second.close();
    Stage.until("nobody takes part", () -> a.getChildren().forPath("/latch").isEmpty());
  }

  static void latchPassesOnWhenItsSessionExpires(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    try (LeaderLatch first = new LeaderLatch(a, "/latch", "first"); LeaderLatch second = new LeaderLatch(b, "/latch", "second")) {
      first.start();
      await(first);
      second.start();
      Stage.until("two take part", () -> second.getParticipants().size() == 2);
      s.expire(a);
      await(second);
      Stage.until("the first takes part again", () -> second.getParticipants().size() == 2);
      s.note(second.getLeader().getId(), first.hasLeadership());
    }
  }

  static void latchKeepsItsPlaceOverAReset(Stage s) throws Exception {
    CuratorFramework a = s.client();
    try (LeaderLatch latch = new LeaderLatch(a, "/latch", "only")) {
      latch.start();
      await(latch);
      List<?> states = Stage.history(a);
      s.fault("reset");
      Stage.until("it is back", () -> states.size() == 2);
      await(latch);
      s.note(states, latch.getParticipants().size());
    }
  }

  static void selectorGivesEveryoneATurn(Stage s) throws Exception {
    List<String> turns = Collections.synchronizedList(new ArrayList<>());
    Semaphore one = new Semaphore(1);
    List<LeaderSelector> selectors = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      LeaderSelector selector = new LeaderSelector(s.client(), "/selector", new LeaderSelectorListenerAdapter() {
        @Override
        public void takeLeadership(CuratorFramework c) {
          turns.add(one.tryAcquire() ? name : "two at once");
          one.release();
        }
      });
      selector.setId(name);
      selector.autoRequeue();
      selector.start();
      selectors.add(selector);
    }
    Stage.until("all had their turns", () -> turns.containsAll(List.of("a", "b", "c")));
    for (LeaderSelector selector : selectors) {
      selector.close();
    }
    s.note(turns.stream().distinct().sorted().collect(Collectors.toList()));
  }
}
