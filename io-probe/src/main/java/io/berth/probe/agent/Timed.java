package io.berth.probe.agent;

import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Ledger;
import io.berth.probe.bridge.Purpose;
import io.berth.probe.bridge.Schemes;
import java.nio.ByteBuffer;
import java.util.List;
import net.bytebuddy.asm.Advice;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileRange;
import org.jspecify.annotations.Nullable;

/**
 * What is put around hooked methods; the code is copied into them. The classes differ in where the number of bytes and the
 * scheme come from. Nothing here may change what the method does: an error in this code is swallowed, one in the method is
 * rethrown. An error before {@code Ledger.exit} would leave the thread inside a call, and uncounted until its next task:
 * so nothing before it may fail.
 */
final class Timed {
    private Timed() {}

    /** Moves no bytes, or nobody knows how many. */
    static final class Call {
        private Call() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter @Nullable Ledger ledger, @Constant int cell) {
            Ledger.exit(ledger, cell, 0);
        }
    }

    /** Of a file system, whose class says which scheme it is: wrappers and base classes serve several. */
    static final class FileSystemCall {
        private FileSystemCall() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter @Nullable Ledger ledger, @Advice.This Object fileSystem, @Constant int cell) {
            if (ledger != null) {
                Ledger.exit(ledger, Cells.cell(Schemes.of(fileSystem.getClass()), Cells.category(cell)), 0);
            }
        }
    }

    /** Of a committer, whose output path says which scheme it is. */
    static final class CommitterCall {
        private CommitterCall() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter @Nullable Ledger ledger, @Advice.This Object committer, @Constant int cell) {
            if (ledger != null) {
                Ledger.exit(ledger, Cells.cell(Schemes.ofCommitter(committer), Cells.category(cell)), 0);
            }
        }
    }

    /** The first argument is a path, which says which scheme it is. */
    static final class PathCall {
        private PathCall() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter @Nullable Ledger ledger, @Advice.Argument(0) Object path, @Constant int cell) {
            if (ledger != null) {
                Ledger.exit(ledger, Cells.cell(Schemes.ofPath(path), Cells.category(cell)), 0);
            }
        }
    }

    /** Returns the number of bytes, -1 at the end. */
    static final class ReturnsBytes {
        private ReturnsBytes() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter @Nullable Ledger ledger, @Advice.Return int bytes, @Constant int cell) {
            Ledger.exit(ledger, cell, bytes);
        }
    }

    /** Moves all of {@code (buffer, offset, length)} or throws. */
    static final class MovesLength {
        private MovesLength() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(
                @Advice.Enter @Nullable Ledger ledger,
                @Advice.Argument(2) int length,
                @Advice.Thrown @Nullable Throwable thrown,
                @Constant int cell) {
            Ledger.exit(ledger, cell, thrown == null ? length : 0);
        }
    }

    /** Asks for ranges, which other threads may fetch. */
    static final class VectoredRead {
        private VectoredRead() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(
                @Advice.Enter @Nullable Ledger ledger,
                @Advice.Argument(0) List<? extends FileRange> ranges,
                @Advice.Thrown @Nullable Throwable thrown,
                @Constant int cell) {
            if (ledger != null) {
                long bytes = 0;
                // What was refused may hold anything, also null.
                if (thrown == null) {
                    for (FileRange range : ranges) {
                        bytes += range.getLength();
                    }
                }
                Ledger.vectored(Cells.scheme(cell));
                Ledger.exit(ledger, cell, bytes);
            }
        }
    }

    /** Waits for ranges, or for a stream that is opened by another thread. */
    static final class Await {
        private Await() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter() {
            return Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(
                @Advice.Enter @Nullable Ledger ledger, @Advice.Return @Nullable Object result, @Constant int cell) {
            if (ledger != null) {
                Ledger.exit(
                        ledger,
                        result instanceof FSDataInputStream stream
                                ? Cells.cell(
                                        Schemes.of(stream.getWrappedStream().getClass()), Cells.OPEN)
                                : Cells.cell(ledger.vectoredScheme(), Cells.category(cell)),
                        0);
            }
        }
    }

    /** Fills a buffer if it is empty; hooked because it is called for every single byte, and does nothing for most. */
    static final class Refill {
        private Refill() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static @Nullable Ledger enter(@Advice.FieldValue("byteBuffer") ByteBuffer buffer) {
            return buffer.hasRemaining() ? null : Ledger.enter();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(
                @Advice.Enter @Nullable Ledger ledger,
                @Advice.FieldValue("byteBuffer") ByteBuffer buffer,
                @Constant int cell) {
            Ledger.exit(ledger, cell, ledger == null ? 0 : buffer.remaining());
        }
    }

    /** Waits, and makes calls that have hooks of their own. */
    static final class Around {
        private Around() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static long enter() {
            return Ledger.enterAround();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter long entered, @Constant int cell) {
            Ledger.exitAround(entered, cell);
        }
    }

    /** Whatever it calls serves one purpose. */
    static final class Scope {
        private Scope() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static int enter(@Constant int purpose) {
            return Ledger.enterScope(purpose);
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter int before) {
            Ledger.exitScope(before);
        }
    }

    /** The same, unless the first argument says that this is the last file and no spill. */
    static final class ScopeUnlessLast {
        private ScopeUnlessLast() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static int enter(@Advice.Argument(0) boolean last, @Constant int purpose) {
            return Ledger.enterScope(last ? Purpose.NONE : purpose);
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter int before) {
            Ledger.exitScope(before);
        }
    }

    /** Whatever it calls doesn't count. */
    static final class Ignored {
        private Ignored() {}

        @Advice.OnMethodEnter(suppress = Throwable.class)
        static boolean enter() {
            return Ledger.enterIgnored();
        }

        @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
        static void exit(@Advice.Enter boolean entered) {
            Ledger.exitIgnored(entered);
        }
    }

    /** Moves {@code (bytes, offset, length)}, and is timed elsewhere. */
    static final class CountsLength {
        private CountsLength() {}

        @Advice.OnMethodExit(suppress = Throwable.class)
        static void exit(@Advice.Argument(2) int length, @Constant int cell) {
            Ledger.bytes(cell, length);
        }
    }

    /** Moves {@code (buffer, length)}, and is timed elsewhere. */
    static final class CountsBufferLength {
        private CountsBufferLength() {}

        @Advice.OnMethodExit(suppress = Throwable.class)
        static void exit(@Advice.Argument(1) int length, @Constant int cell) {
            Ledger.bytes(cell, length);
        }
    }
}
