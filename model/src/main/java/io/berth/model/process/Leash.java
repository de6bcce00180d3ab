package io.berth.model.process;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Runs another main class and ends the process as soon as standard input closes. The parent holds the other end of that
 * pipe and never writes to it; the kernel closes it when the parent dies, however it dies, so no child outlives it.
 */
public final class Leash {
    /** Exit code of a process whose parent has gone. */
    public static final int PARENT_GONE = 71;

    private Leash() {}

    /**
     * Runs a main class on a leash.
     *
     * @param args the main class and its arguments
     */
    public static void main(String[] args) throws Exception {
        if (args.length == 0) {
            System.err.println("usage: Leash MAIN_CLASS [ARGUMENT...]");
            System.exit(2);
        }
        Thread watch = new Thread(() -> haltWhenClosed(System.in), "berth-leash");
        watch.setDaemon(true);
        watch.start();
        Method main = Class.forName(args[0]).getMethod("main", String[].class);
        try {
            main.invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
        } catch (InvocationTargetException e) {
            e.getTargetException().printStackTrace();
            System.exit(1);
        }
    }

    private static void haltWhenClosed(InputStream in) {
        try {
            while (in.read() >= 0) {
                // Nothing is ever sent; only the end counts.
            }
        } catch (IOException e) {
            // A broken pipe is an end, too.
        }
        // Not exit(): shutdown hooks may wait for a storage that hangs.
        Runtime.getRuntime().halt(PARENT_GONE);
    }
}
