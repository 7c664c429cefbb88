import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;

/** Mutual exclusion, in its kinds. */
final class Locks {
  private static final int SHORT = 50; // ms, to see that something cannot be had

  static void mutexExcludesAndCountsItsHolds(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    InterProcessMutex mine = new InterProcessMutex(a, "/lock"), theirs = new InterProcessMutex(b, "/lock");
    mine.acquire();
    mine.acquire();
    s.note(mine.isAcquiredInThisProcess(), theirs.acquire(SHORT, TimeUnit.MILLISECONDS), mine.getParticipantNodes().size());
    mine.release();
    Future<Boolean> got = s.background(() -> {
      boolean ok = theirs.acquire(Stage.PATIENCE, TimeUnit.SECONDS);
      theirs.release();
      return ok;
    });
    Stage.until("the other waits", () -> mine.getParticipantNodes().size() == 2);
    mine.release();
    s.note(Stage.result(got), Stage.error(mine::release), mine.getParticipantNodes());
  }

  static void mutexOfADeadHolderPassesOn(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    new InterProcessMutex(a, "/lock").acquire();
    InterProcessMutex theirs = new InterProcessMutex(b, "/lock");
    Future<Boolean> got = s.background(() -> theirs.acquire(Stage.PATIENCE, TimeUnit.SECONDS));
    Stage.until("the other waits", () -> theirs.getParticipantNodes().size() == 2);
    s.expire(a);
    s.note(Stage.result(got), theirs.getParticipantNodes().size());
  }

  static void mutexLosesNoIncrement(Stage s) throws Exception {
    int[] counter = {0};
    List<Future<Void>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      InterProcessMutex lock = new InterProcessMutex(s.client(), "/lock");
      all.add(s.background(() -> {
        for (int n = 0; n < 10; n++) {
          lock.acquire();
          counter[0]++;
          lock.release();
        }
        return null;
      }));
    }
    for (Future<Void> f : all) {
      Stage.result(f);
    }
    s.note(counter[0]);
  }

  static void readersShareAndWritersDoNot(Stage s) throws Exception {
    InterProcessReadWriteLock a = new InterProcessReadWriteLock(s.client(), "/lock"), b = new InterProcessReadWriteLock(s.client(), "/lock");
    a.readLock().acquire();
    s.note(b.readLock().acquire(SHORT, TimeUnit.MILLISECONDS), b.writeLock().getParticipantNodes().size());
    b.readLock().release();
    s.note(b.writeLock().acquire(SHORT, TimeUnit.MILLISECONDS));
    a.readLock().release();
    b.writeLock().acquire();
    s.note(b.readLock().acquire(SHORT, TimeUnit.MILLISECONDS), a.readLock().acquire(SHORT, TimeUnit.MILLISECONDS));
  }

  static void semaphoreHasSoManyLeases(Stage s) throws Exception {
    InterProcessSemaphoreV2 a = new InterProcessSemaphoreV2(s.client(), "/semaphore", 2), b = new InterProcessSemaphoreV2(s.client(), "/semaphore", 2);
    a.setNodeData("a".getBytes());
    Lease one = a.acquire(), two = b.acquire(Stage.PATIENCE, TimeUnit.SECONDS);
    s.note(one.getData(), a.getParticipantNodes().size(), b.acquire(SHORT, TimeUnit.MILLISECONDS) == null);
    Future<Lease> third = s.background(() -> b.acquire(Stage.PATIENCE, TimeUnit.SECONDS));
    a.returnLease(one);
    s.note(Stage.result(third) != null, a.getParticipantNodes().size(), two.getNodeName().length() > 0);
  }

  static void locksCanBeTakenTogether(Stage s) throws Exception {
    CuratorFramework a = s.client(), b = s.client();
    InterProcessMultiLock both = new InterProcessMultiLock(a, List.of("/one", "/two"));
    InterProcessSemaphoreMutex two = new InterProcessSemaphoreMutex(b, "/two");
    both.acquire();
    s.note(both.isAcquiredInThisProcess(), new InterProcessMutex(b, "/two").acquire(SHORT, TimeUnit.MILLISECONDS));
    both.release();
    s.note(new InterProcessMutex(b, "/one").acquire(Stage.PATIENCE, TimeUnit.SECONDS), two.acquire(Stage.PATIENCE, TimeUnit.SECONDS));
  }
}
