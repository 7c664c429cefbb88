import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;

/**
 * Runs all claims about Curator. The arguments are two addresses of one server: behind the link that faults strike, and without it.
 *
 * <p>A claim is a static method that takes a {@link Stage}. The output is, for each, a line "= name", its notes, and "ok" or what
 * went wrong.
 */
public final class Claims {
  private static final Class<?>[] ROOMS = {Nodes.class, Watching.class, Leading.class, Locks.class, Groups.class, Faults.class};

  public static void main(String[] args) throws Exception {
    try (CuratorFramework root = CuratorFrameworkFactory.newClient(args[1], new RetryOneTime(100))) {
      root.start();
      for (Class<?> room : ROOMS) {
        Method[] claims = room.getDeclaredMethods();
        Arrays.sort(claims, Comparator.comparing(Method::getName));
        for (Method claim : claims) {
          if (Arrays.equals(claim.getParameterTypes(), new Class<?>[] {Stage.class})) {
            String corner = root.create().forPath("/" + claim.getName());
            run(claim, new Stage(args[0], args[1], corner));
          }
        }
      }
    }
    System.exit(0); // Curator leaves threads behind
  }

  private static void run(Method claim, Stage stage) {
    System.out.println("= " + claim.getName());
    try (stage) {
      claim.invoke(null, stage);
    } catch (InvocationTargetException e) {
      complain(e.getCause());
      return;
    } catch (Exception | AssertionError e) {
      complain(e);
      return;
    }
    System.out.println("ok");
  }

  /** Says what went wrong, and where in these claims. */
  private static void complain(Throwable e) {
    System.out.println(e);
    for (StackTraceElement frame : e.getStackTrace()) {
      if (!frame.getClassName().contains(".")) {
        System.out.println("  at " + frame);
      }
    }
  }
}
