package io.berth.probe.agent;

import static net.bytebuddy.matcher.ElementMatchers.hasSuperClass;
import static net.bytebuddy.matcher.ElementMatchers.isAbstract;
import static net.bytebuddy.matcher.ElementMatchers.isPublic;
import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.not;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.berth.model.results.IoCategory;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * Which methods are hooked: the table of docs/io-probe.md. Classes are matched by name, so that none has to be on the
 * class path.
 */
final class Hooks {
    private static final ElementMatcher<MethodDescription> READ_ARRAY =
            named("read").and(takesArguments(byte[].class, int.class, int.class));
    private static final ElementMatcher<MethodDescription> WRITE_ARRAY =
            named("write").and(takesArguments(byte[].class, int.class, int.class));
    private static final ElementMatcher<MethodDescription> CLOSE =
            named("close").and(takesArguments(0));

    /** The single-byte read() is left out: it would cost more to time than to do, and nobody reads storage with it. */
    private static final List<Hook> INPUT_STREAM = List.of(
            new Hook(IoCategory.READ, Timed.ReturnsBytes.class, READ_ARRAY),
            new Hook(
                    IoCategory.READ,
                    Timed.ReturnsBytes.class,
                    named("read").and(takesArguments(long.class, byte[].class, int.class, int.class))),
            new Hook(
                    IoCategory.READ,
                    Timed.MovesLengthAtPosition.class,
                    named("readFully").and(takesArguments(long.class, byte[].class, int.class, int.class))),
            new Hook(IoCategory.CLOSE, Timed.Call.class, CLOSE));

    /** The single-byte write(int) is left out, for the same reason: whoever writes bytes puts a buffer before it. */
    private static final List<Hook> OUTPUT_STREAM = List.of(
            new Hook(IoCategory.WRITE, Timed.MovesLength.class, WRITE_ARRAY),
            new Hook(
                    IoCategory.WRITE,
                    Timed.Call.class,
                    namedOneOf("flush", "hflush", "hsync").and(not(isAbstract()))),
            new Hook(IoCategory.CLOSE, Timed.Call.class, CLOSE));

    private static final ElementMatcher.Junction<MethodDescription> INSTANCE =
            isPublic().and(not(isAbstract())).and(not(isStatic()));

    private static final List<Hook> FILE_SYSTEM = List.of(
            new Hook(
                    IoCategory.OPEN,
                    Timed.FileSystemCall.class,
                    INSTANCE.and(namedOneOf("open", "create", "createNonRecursive", "append"))),
            new Hook(
                    IoCategory.METADATA,
                    Timed.FileSystemCall.class,
                    INSTANCE.and(namedOneOf(
                            "access",
                            "concat",
                            "createNewFile",
                            "delete",
                            "exists",
                            "getContentSummary",
                            "getFileBlockLocations",
                            "getFileChecksum",
                            "getFileStatus",
                            "globStatus",
                            "isDirectory",
                            "isFile",
                            "listFiles",
                            "listLocatedStatus",
                            "listStatus",
                            "listStatusIterator",
                            "mkdirs",
                            "rename",
                            "setOwner",
                            "setPermission",
                            "setTimes",
                            "truncate"))));

    private static final Map<String, List<Hook>> BY_NAME = Map.of(
            "org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileInputStream",
            INPUT_STREAM,
            "org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileOutputStream",
            OUTPUT_STREAM);

    /**
     * Only classes whose names begin so are looked at. Looking at every class that an application loads would cost it
     * seconds.
     */
    private static final List<String> PREFIXES = List.of("org.apache.hadoop.fs.", "org.apache.hadoop.hdfs.");

    /** Classes without which a Spark application can't call a local file; if one has no hook, something is wrong. */
    static final Set<String> NAMES = BY_NAME.keySet();

    private Hooks() {}

    /** Whether a class may have hooks, decided by its name alone. */
    static boolean mayHook(String type) {
        for (String prefix : PREFIXES) {
            if (type.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /** The hooks of a class; none for most. */
    static List<Hook> of(TypeDescription type) {
        List<Hook> named = BY_NAME.get(type.getName());
        if (named != null) {
            return named;
        }
        return !type.isInterface()
                        && hasSuperClass(named("org.apache.hadoop.fs.FileSystem"))
                                .matches(type)
                ? FILE_SYSTEM
                : List.of();
    }
}
