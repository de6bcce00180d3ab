package io.berth.probe.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.berth.model.results.IoCategory;
import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Purpose;
import io.berth.probe.bridge.Schemes;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.pool.TypePool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of hooks against the class files of the versions it names; no class is loaded, so none needs its own. */
final class HooksTest {
    /** Connectors that the test doesn't have on its class path. */
    private static final Set<String> NOT_HERE = Set.of(
            "com.google.cloud.hadoop.fs.gcs.GoogleHadoopOutputStream",
            "org.apache.hadoop.fs.azurebfs.services.AbfsOutputStream");

    private final TypePool pool = TypePool.Default.ofSystemLoader();
    private final Hooks hooks = new Hooks(List.of());

    static Set<String> named() {
        Set<String> here =
                Hooks.names().stream().filter(name -> !NOT_HERE.contains(name)).collect(Collectors.toSet());
        // Spark 4.1 has moved some: the table has both names, and a class path one of them.
        for (String moved : List.copyOf(here)) {
            String before = moved.replace(".streaming.checkpointing.", ".streaming.");
            if (!before.equals(moved)) {
                here.remove(isHere(moved) ? before : moved);
            }
        }
        return here;
    }

    private static boolean isHere(String name) {
        return TypePool.Default.ofSystemLoader().describe(name).isResolved();
    }

    @ParameterizedTest
    @MethodSource("named")
    void everyHookOfANamedClassFindsAMethod(String name) {
        TypeDescription type = pool.describe(name).resolve();

        assertThat(hooks.mayHook(name)).isTrue();
        assertThat(hooks.of(type)).isNotEmpty().allSatisfy(hook -> assertThat(
                        type.getDeclaredMethods().filter(hook.methods()))
                .as("%s of %s", hook.methods(), name)
                .isNotEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.apache.hadoop.hdfs.DFSInputStream",
                "org.apache.hadoop.fs.s3a.S3AInputStream",
                "org.apache.hadoop.fs.s3a.prefetch.S3APrefetchingInputStream",
                "org.apache.hadoop.fs.s3a.impl.streams.AnalyticsStream",
            })
    void everyStreamOfHdfsAndS3ACountsItsReads(String name) {
        assertThat(hooked(name, IoCategory.READ)).contains("read(byte[],int,int)");
        assertThat(hooked(name, IoCategory.CLOSE)).containsExactly("close()");
    }

    @Test
    void vectoredReadsOfS3AAreCounted() {
        assertThat(hooked("org.apache.hadoop.fs.s3a.S3AInputStream", IoCategory.READ))
                .anyMatch(method -> method.startsWith("readVectored("));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter",
                "org.apache.hadoop.mapreduce.lib.output.committer.manifest.ManifestCommitter",
                "org.apache.hadoop.fs.s3a.commit.magic.MagicS3GuardCommitter",
                "org.apache.hadoop.fs.s3a.commit.staging.StagingCommitter",
            })
    void committersCountAsCommit(String name) {
        assertThat(hooked(name, IoCategory.COMMIT)).anyMatch(method -> method.startsWith("commitTask("));
    }

    @Test
    void whatAnAggregationSpillsWhileItsResultIsReadIsASpill() {
        TypeDescription type = pool.describe("org.apache.spark.unsafe.map.BytesToBytesMap$MapIterator")
                .resolve();

        assertThat(hooks.of(type)).singleElement().satisfies(hook -> {
            assertThat(hook.constant(Schemes.LOCAL)).isEqualTo(Purpose.SPILL);
            assertThat(type.getDeclaredMethods().filter(hook.methods()).stream().map(HooksTest::signature))
                    .containsExactly("spill(long)");
        });
    }

    @Test
    void streamsOverStreamsAreLeftAlone() {
        assertThat(hooks.of(pool.describe("org.apache.hadoop.fs.ChecksumFileSystem$ChecksumFSInputChecker")
                        .resolve()))
                .isEmpty();
        assertThat(hooks.of(
                        pool.describe("org.apache.hadoop.fs.FSDataInputStream").resolve()))
                .isEmpty();
    }

    @Test
    void singleBytesAreNeverTimed() {
        for (String name : named()) {
            TypeDescription type = pool.describe(name).resolve();
            for (Hook hook : hooks.of(type)) {
                assertThat(type.getDeclaredMethods().filter(hook.methods()).stream()
                                .map(HooksTest::signature))
                        .doesNotContain("read()", "write(int)");
            }
        }
    }

    @Test
    void schemesAreKnownByTheNamesOfClasses() {
        assertThat(Schemes.named("org.apache.hadoop.hdfs.DFSInputStream")).isEqualTo(Schemes.HDFS);
        assertThat(Schemes.named("org.apache.hadoop.fs.s3a.S3AInputStream")).isEqualTo(Schemes.S3A);
        assertThat(Schemes.named("org.apache.hadoop.fs.RawLocalFileSystem$LocalFSFileInputStream"))
                .isEqualTo(Schemes.FILE);
        assertThat(Schemes.of(org.apache.hadoop.fs.LocalFileSystem.class)).isEqualTo(Schemes.FILE);
        assertThat(Schemes.named("org.sparkproject.guava.io.ByteStreams$LimitedInputStream"))
                .isEqualTo(Schemes.LOCAL);
        assertThat(Schemes.ofPath("s3a://bucket/key")).isEqualTo(Schemes.S3A);
        assertThat(Schemes.ofPath("file:/tmp")).isEqualTo(Schemes.FILE);
        assertThat(Schemes.ofPath("relative/path")).isEqualTo(Schemes.OTHER);
    }

    @Test
    void theBridgeKnowsTheNumberOfOpen() {
        assertThat(Categories.of(Cells.cell(Schemes.FILE, Cells.OPEN))).isEqualTo(IoCategory.OPEN);
    }

    @Test
    void anOptionThatIsNotKnownIsNamed() {
        assertThat(Options.parse(null).include()).isEmpty();
        assertThat(Options.parse("include=com.example.,include=org.example.").include())
                .containsExactly("com.example.", "org.example.");
        assertThatThrownBy(() -> Options.parse("exclude=x"))
                .hasMessage("agent option \"exclude=x\" is not known (known: include=PREFIX)");
    }

    private List<String> hooked(String name, IoCategory category) {
        TypeDescription type = pool.describe(name).resolve();
        assertThat(hooks.mayHook(name)).isTrue();
        return hooks.of(type).stream()
                .filter(hook -> hook instanceof Hook.Counting counting && counting.category() == category)
                .flatMap(hook -> type.getDeclaredMethods().filter(hook.methods()).stream())
                .map(HooksTest::signature)
                .toList();
    }

    private static String signature(MethodDescription method) {
        return method.getName()
                + method.getParameters().asTypeList().asErasures().stream()
                        .map(TypeDescription::getActualName)
                        .collect(Collectors.joining(",", "(", ")"));
    }
}
