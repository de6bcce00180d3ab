package io.berth.probe.agent;

import static java.util.Map.entry;
import static net.bytebuddy.matcher.ElementMatchers.hasSuperClass;
import static net.bytebuddy.matcher.ElementMatchers.isAbstract;
import static net.bytebuddy.matcher.ElementMatchers.isPublic;
import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.nameEndsWith;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.not;
import static net.bytebuddy.matcher.ElementMatchers.returns;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.berth.model.results.IoCategory;
import io.berth.probe.bridge.Purpose;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;

/**
 * Which methods are hooked: the table of docs/io-probe.md. Classes are matched by name, so that none has to be on the
 * class path; the names are those of Spark 4.0.1 and 4.1.1, Hadoop 3.4.2 and Parquet 1.15.2 and 1.16.0. Single-byte reads and writes are never
 * hooked: they would cost more to time than to do, and whoever uses them puts a buffer before the storage.
 */
final class Hooks {
    private static final ElementMatcher.Junction<MethodDescription> ARRAY =
            takesArguments(byte[].class, int.class, int.class);
    private static final ElementMatcher.Junction<MethodDescription> NO_ARGUMENTS = takesArguments(0);
    private static final ElementMatcher.Junction<MethodDescription> CONCRETE =
            isPublic().and(not(isAbstract())).and(not(isStatic()));

    private static final Hook READ = new Hook.Counting(
            IoCategory.READ,
            Timed.ReturnsBytes.class,
            named("read")
                    .and(ARRAY.or(takesArguments(long.class, byte[].class, int.class, int.class))
                            .or(takesArguments(ByteBuffer.class))
                            .or(takesArguments(long.class, ByteBuffer.class)))
                    .and(not(isAbstract())));
    private static final Hook VECTORED = new Hook.Counting(
            IoCategory.READ, Timed.VectoredRead.class, named("readVectored").and(CONCRETE));
    private static final Hook WRITE = new Hook.Counting(
            IoCategory.WRITE, Timed.MovesLength.class, named("write").and(ARRAY));
    private static final Hook FLUSH = new Hook.Counting(
            IoCategory.WRITE,
            Timed.Call.class,
            namedOneOf("flush", "hflush", "hsync").and(NO_ARGUMENTS));
    private static final Hook CLOSE = new Hook.Counting(
            IoCategory.CLOSE, Timed.Call.class, named("close").and(NO_ARGUMENTS).and(CONCRETE));
    private static final Hook LIST_NEXT = new Hook.Counting(
            IoCategory.METADATA,
            Timed.Call.class,
            namedOneOf("hasNext", "next").and(NO_ARGUMENTS).and(CONCRETE));
    private static final Hook EVENT_LOG =
            new Hook.Ignoring(namedOneOf("writeLine", "writeEvent", "start", "stop", "rollEventLogFile")
                    .and(not(isAbstract())));
    private static final Hook CHECKPOINT_FILES = new Hook.Counting(
            IoCategory.CHECKPOINT,
            Timed.PathCall.class,
            namedOneOf(
                            "createAtomic",
                            "createCheckpointDirectory",
                            "createTempFile",
                            "delete",
                            "exists",
                            "list",
                            "mkdirs",
                            "open",
                            "renameTempFile")
                    .and(takesArgument(0, named("org.apache.hadoop.fs.Path")))
                    .and(CONCRETE));
    private static final Hook CHECKPOINT_RENAME = new Hook.Scoping(Purpose.CHECKPOINT, namedOneOf("close", "cancel"));
    private static final Hook METADATA_LOG = new Hook.Scoping(
            Purpose.CHECKPOINT,
            namedOneOf(
                            "add",
                            "addNewBatchByStream",
                            "applyFnToBatchByStream",
                            "get",
                            "getLatest",
                            "getLatestBatchId",
                            "getOrderedBatchFiles",
                            "listBatches",
                            "listBatchesOnDisk",
                            "purge",
                            "purgeAfter")
                    .and(not(isStatic())));
    private static final Hook SPILLED_TO_DISK = new Hook.Scoping(
            Purpose.SPILL, nameEndsWith("spillMemoryIteratorToDisk").and(not(isStatic())));
    private static final Hook SPILLED = new Hook.Scoping(Purpose.SPILL, named("spill"));

    private static final List<Hook> INPUT_STREAM = List.of(READ, VECTORED, CLOSE);
    private static final List<Hook> OUTPUT_STREAM = List.of(WRITE, FLUSH, CLOSE);

    private static final List<Hook> FILE_SYSTEM = List.of(
            new Hook.Counting(
                    IoCategory.OPEN,
                    Timed.FileSystemCall.class,
                    CONCRETE.and(namedOneOf("open", "create", "createNonRecursive", "append"))),
            new Hook.Counting(
                    IoCategory.METADATA,
                    Timed.FileSystemCall.class,
                    CONCRETE.and(namedOneOf(
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

    private static final List<Hook> COMMITTER = List.of(new Hook.Counting(
            IoCategory.COMMIT,
            Timed.CommitterCall.class,
            CONCRETE.and(namedOneOf(
                    "abortJob", "abortTask", "commitJob", "commitTask", "needsTaskCommit", "setupJob", "setupTask"))));

    /** Checkpoints of streaming queries: in one package up to Spark 4.0, and in one below it from 4.1 on. */
    private static final Map<String, List<Hook>> CHECKPOINTING = Map.of(
            "AbstractFileContextBasedCheckpointFileManager", List.of(CHECKPOINT_FILES),
            "FileContextBasedCheckpointFileManager", List.of(CHECKPOINT_FILES),
            "FileSystemBasedCheckpointFileManager", List.of(CHECKPOINT_FILES),
            "CheckpointFileManager$RenameBasedFSDataOutputStream", List.of(CHECKPOINT_RENAME),
            "HDFSMetadataLog", List.of(METADATA_LOG));

    private static final Map<String, List<Hook>> BY_NAME = byName(Map.ofEntries(
            // Hadoop's file systems, where a class doesn't belong to a family below.
            entry("org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileInputStream", INPUT_STREAM),
            entry("org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileOutputStream", OUTPUT_STREAM),
            // One packet of 64 KiB at a time: write() of the stream itself is called for every 512 bytes.
            entry(
                    "org.apache.hadoop.hdfs.DataStreamer",
                    List.of(new Hook.Counting(IoCategory.WRITE, Timed.Call.class, named("waitAndQueuePacket")))),
            entry(
                    "org.apache.hadoop.hdfs.DFSOutputStream",
                    List.of(
                            new Hook.Counting(
                                    IoCategory.WRITE,
                                    Timed.Call.class,
                                    namedOneOf("hflush", "hsync").and(NO_ARGUMENTS)),
                            new Hook.Counting(
                                    IoCategory.WRITE,
                                    Timed.CountsLength.class,
                                    named("writeChunk").and(takesArgument(0, byte[].class))),
                            new Hook.Counting(
                                    IoCategory.WRITE,
                                    Timed.CountsBufferLength.class,
                                    named("writeChunk").and(takesArgument(0, ByteBuffer.class))),
                            CLOSE)),
            entry("org.apache.hadoop.hdfs.DistributedFileSystem$DirListingIterator", List.of(LIST_NEXT)),
            entry("org.apache.hadoop.fs.s3a.S3ABlockOutputStream", OUTPUT_STREAM),
            entry("org.apache.hadoop.fs.s3a.Listing$ObjectListingIterator", List.of(LIST_NEXT)),
            entry("org.apache.hadoop.fs.s3a.Listing$FileStatusListingIterator", List.of(LIST_NEXT)),
            entry("org.apache.hadoop.fs.azurebfs.services.AbfsOutputStream", OUTPUT_STREAM),
            entry("com.google.cloud.hadoop.fs.gcs.GoogleHadoopOutputStream", OUTPUT_STREAM),
            // Ranges of vectored reads, and streams opened in the background.
            entry(
                    "org.apache.hadoop.util.functional.FutureIO",
                    List.of(new Hook.Counting(
                            IoCategory.VECTORED_WAIT,
                            Timed.Await.class,
                            namedOneOf("awaitFuture", "awaitAllFutures")))),
            entry(
                    "org.apache.parquet.hadoop.util.wrapped.io.FutureIO",
                    List.of(new Hook.Counting(IoCategory.VECTORED_WAIT, Timed.Await.class, named("awaitFuture")))),
            // Shuffle and spill.
            entry(
                    "org.apache.spark.storage.TimeTrackingOutputStream",
                    List.of(
                            new Hook.Counting(
                                    IoCategory.SHUFFLE_WRITE,
                                    Timed.MovesLength.class,
                                    named("write").and(ARRAY)),
                            new Hook.Counting(
                                    IoCategory.SHUFFLE_WRITE,
                                    Timed.Call.class,
                                    namedOneOf("flush", "close").and(NO_ARGUMENTS)))),
            entry(
                    "org.apache.spark.shuffle.sort.BypassMergeSortShuffleWriter",
                    // Puts together files whose bytes were counted as they were written.
                    List.of(new Hook.Counting(
                            IoCategory.SHUFFLE_WRITE, Timed.Call.class, named("writePartitionedData")))),
            entry(
                    "org.apache.spark.shuffle.sort.UnsafeShuffleWriter",
                    List.of(
                            new Hook.Counting(
                                    IoCategory.SHUFFLE_WRITE, Timed.Call.class, named("mergeSpillsWithTransferTo")),
                            new Hook.Scoping(Purpose.MERGE, named("mergeSpillsWithFileStream")))),
            entry(
                    "org.apache.spark.shuffle.sort.io.LocalDiskShuffleMapOutputWriter",
                    List.of(new Hook.Counting(
                            IoCategory.SHUFFLE_WRITE, Timed.Call.class, named("commitAllPartitions")))),
            entry(
                    "org.apache.spark.shuffle.sort.io.LocalDiskShuffleMapOutputWriter$PartitionWriterStream",
                    List.of(new Hook.Counting(
                            IoCategory.SHUFFLE_WRITE,
                            Timed.MovesLength.class,
                            named("write").and(ARRAY)))),
            entry(
                    "org.apache.spark.shuffle.sort.io.LocalDiskSingleSpillMapOutputWriter",
                    List.of(new Hook.Counting(
                            IoCategory.SHUFFLE_WRITE, Timed.Call.class, named("transferMapSpillFile")))),
            // Once it has spilled, Spark counts the last file as spilled too: it is read again and merged.
            entry(
                    "org.apache.spark.shuffle.sort.ShuffleExternalSorter",
                    List.of(new Hook.Scoping(Purpose.SPILL, Timed.ScopeUnlessLast.class, named("writeSortedFile")))),
            entry("org.apache.spark.util.collection.ExternalSorter", List.of(SPILLED_TO_DISK)),
            entry("org.apache.spark.util.collection.ExternalAppendOnlyMap", List.of(SPILLED_TO_DISK)),
            entry("org.apache.spark.util.collection.unsafe.sort.UnsafeExternalSorter", List.of(SPILLED)),
            entry("org.apache.spark.unsafe.map.BytesToBytesMap$MapIterator", List.of(SPILLED)),
            entry(
                    "org.apache.spark.util.collection.unsafe.sort.UnsafeExternalSorter$SpillableIterator",
                    List.of(SPILLED)),
            entry(
                    "org.apache.spark.io.NioBufferedFileInputStream",
                    List.of(new Hook.Counting(IoCategory.SPILL_READ, Timed.Refill.class, named("refill")))),
            // Only ExternalSorter and ExternalAppendOnlyMap use it, around the batch of a spill that they read back.
            entry(
                    "org.sparkproject.guava.io.ByteStreams$LimitedInputStream",
                    List.of(new Hook.Counting(
                            IoCategory.SPILL_READ,
                            Timed.ReturnsBytes.class,
                            named("read").and(ARRAY)))),
            // Another thread reads, and counts the bytes; the buffer that is waited for holds them decompressed.
            entry(
                    "org.apache.spark.io.ReadAheadInputStream",
                    List.of(new Hook.Counting(
                            IoCategory.SPILL_READ, Timed.Call.class, named("waitForAsyncReadComplete")))),
            entry(
                    "org.apache.spark.network.buffer.FileSegmentManagedBuffer",
                    List.of(new Hook.Counting(
                            IoCategory.SHUFFLE_READ_LOCAL, Timed.Call.class, named("createInputStream")))),
            entry(
                    "org.apache.spark.network.util.LimitedInputStream",
                    List.of(new Hook.Counting(
                            IoCategory.SHUFFLE_READ_LOCAL,
                            Timed.ReturnsBytes.class,
                            named("read").and(ARRAY)))),
            entry(
                    "org.apache.spark.storage.ShuffleBlockFetcherIterator",
                    List.of(new Hook.Counting(
                            IoCategory.SHUFFLE_FETCH_WAIT,
                            Timed.Around.class,
                            named("next")
                                    .and(returns(named("scala.Tuple2")))
                                    // Spark 4.1 counts the sending of the first requests, before next(), as waiting
                                    // too.
                                    .or(named("withFetchWaitTimeTracked"))))),
            // Checkpoints, and logs and state of streaming queries.
            entry(
                    "org.apache.spark.rdd.ReliableCheckpointRDD$",
                    List.of(new Hook.Scoping(Purpose.CHECKPOINT_WRITE, named("writePartitionToCheckpointFile")))),
            entry(
                    "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider",
                    List.of(new Hook.Scoping(
                            Purpose.CHECKPOINT,
                            not(isStatic())
                                    .and(namedOneOf(
                                                    "doMaintenance",
                                                    "getReadStore",
                                                    "getStore",
                                                    "replayReadStateFromSnapshot",
                                                    "replayStateFromSnapshot")
                                            .or(nameEndsWith("$commitUpdates"))
                                            .or(nameEndsWith("$cancelDeltaFile"))
                                            .or(nameEndsWith("ToDeltaFile")))))),
            entry(
                    "org.apache.spark.sql.execution.streaming.state.RocksDBFileManager",
                    List.of(new Hook.Scoping(
                            Purpose.CHECKPOINT,
                            CONCRETE.and(namedOneOf(
                                    "deleteOldVersions",
                                    "existsSnapshotFile",
                                    "getChangeLogWriter",
                                    "getLatestSnapshotVersion",
                                    "getLatestSnapshotVersionAndUniqueIdFromLineage",
                                    "getLatestVersion",
                                    "loadCheckpointFromDfs",
                                    "saveCheckpointToDfs"))))),
            entry("org.apache.spark.sql.execution.streaming.state.StateStoreChangelogWriterV1", List.of(changelog())),
            entry("org.apache.spark.sql.execution.streaming.state.StateStoreChangelogWriterV2", List.of(changelog())),
            // Spark's own notes are not the application's storage, and berth never puts them on the storage under test.
            entry("org.apache.spark.deploy.history.EventLogFileWriter", List.of(EVENT_LOG)),
            entry("org.apache.spark.deploy.history.SingleEventLogFileWriter", List.of(EVENT_LOG)),
            entry("org.apache.spark.deploy.history.RollingEventLogFilesWriter", List.of(EVENT_LOG))));

    private static Map<String, List<Hook>> byName(Map<String, List<Hook>> others) {
        Map<String, List<Hook>> hooks = new HashMap<>(others);
        CHECKPOINTING.forEach((name, ofBoth) -> {
            hooks.put("org.apache.spark.sql.execution.streaming." + name, ofBoth);
            hooks.put("org.apache.spark.sql.execution.streaming.checkpointing." + name, ofBoth);
        });
        return Map.copyOf(hooks);
    }

    /** A class that has one of these as superclass has these hooks. */
    private static final Map<String, List<Hook>> FAMILIES = Map.of(
            "org.apache.hadoop.fs.FileSystem", FILE_SYSTEM,
            "org.apache.hadoop.fs.FSInputStream", INPUT_STREAM,
            "org.apache.hadoop.mapreduce.OutputCommitter", COMMITTER);

    /**
     * Only classes whose names begin so are asked for their superclasses. Asking every class that an application loads
     * would cost it seconds.
     */
    private static final List<String> FAMILY_PREFIXES = List.of(
            "com.google.cloud.hadoop.fs.",
            "org.apache.hadoop.fs.",
            "org.apache.hadoop.hdfs.",
            "org.apache.hadoop.mapreduce.",
            "org.apache.parquet.hadoop.",
            "org.apache.spark.internal.io.");

    /**
     * Streams over other streams. They read in small pieces and compute checksums or decrypt; the stream below is the
     * one that waits.
     */
    private static final List<String> WRAPPERS = List.of(
            "org.apache.hadoop.fs.FSInputStream",
            "org.apache.hadoop.fs.FSInputChecker",
            "org.apache.hadoop.fs.ChecksumFileSystem$",
            "org.apache.hadoop.fs.ChecksumFs$",
            "org.apache.hadoop.fs.HarFileSystem$");

    private final List<String> prefixes;

    /**
     * @param more further prefixes of names of classes that may belong to a family, such as a file system of one's own
     */
    Hooks(List<String> more) {
        prefixes = Stream.concat(FAMILY_PREFIXES.stream(), more.stream()).toList();
    }

    /** Tells the bridge what scopes do to categories. */
    static void replaceCategories() {
        for (IoCategory category :
                List.of(IoCategory.OPEN, IoCategory.READ, IoCategory.WRITE, IoCategory.CLOSE, IoCategory.METADATA)) {
            replace(Purpose.CHECKPOINT, category, IoCategory.CHECKPOINT);
            if (category != IoCategory.READ) {
                replace(Purpose.CHECKPOINT_WRITE, category, IoCategory.CHECKPOINT);
            }
        }
        replace(Purpose.SPILL, IoCategory.SHUFFLE_WRITE, IoCategory.SPILL_WRITE);
        replace(Purpose.MERGE, IoCategory.SHUFFLE_READ_LOCAL, IoCategory.SPILL_READ);
    }

    /** Whether a class may have hooks, decided by its name alone. */
    boolean mayHook(String type) {
        return BY_NAME.containsKey(type) || prefixes.stream().anyMatch(type::startsWith);
    }

    /** The hooks of a class; none for most. */
    List<Hook> of(TypeDescription type) {
        List<Hook> named = BY_NAME.get(type.getName());
        if (named != null) {
            return named;
        }
        if (type.isInterface() || WRAPPERS.stream().anyMatch(type.getName()::startsWith)) {
            return List.of();
        }
        return FAMILIES.entrySet().stream()
                .filter(family -> hasSuperClass(named(family.getKey())).matches(type))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElse(List.of());
    }

    /** Whether a class is in the table by its name, so that each of its hooks must find a method. */
    static boolean isNamed(String type) {
        return BY_NAME.containsKey(type);
    }

    static Set<String> names() {
        return BY_NAME.keySet();
    }

    private static Hook changelog() {
        return new Hook.Scoping(
                Purpose.CHECKPOINT,
                namedOneOf("abort", "commit", "delete", "merge", "put").and(CONCRETE));
    }

    private static void replace(int purpose, IoCategory category, IoCategory by) {
        Purpose.replace(purpose, Categories.number(category), Categories.number(by));
    }
}
