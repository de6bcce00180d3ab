import io.berth.model.results.Answer;
import io.berth.workloads.Iteration;
import io.berth.workloads.TrialContext;
import io.berth.workloads.Workload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Writes more than 20 MB of records, and then takes memory until its container is killed. */
public final class Flood implements Workload {
    private static final int RECORDS = 2_000;
    private static final int REPETITIONS = 160;
    private static final int PIECE = 16 << 20;

    @Override
    public void prepare(TrialContext trial) {}

    @Override
    public void run(Iteration iteration) throws Exception {
        for (int i = 0; i < RECORDS; i++) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(("flood " + i).getBytes(StandardCharsets.UTF_8));
            iteration.trial().warn("flood", HexFormat.of().formatHex(digest).repeat(REPETITIONS));
        }
        // Off the heap, so that the kernel ends it and not the JVM.
        List<ByteBuffer> taken = new ArrayList<>();
        while (true) {
            taken.add(ByteBuffer.allocateDirect(PIECE));
        }
    }

    @Override
    public List<Answer> verify(Iteration iteration) {
        throw new IllegalStateException("was not killed");
    }
}
