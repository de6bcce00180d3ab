package io.berth.probe;

import io.berth.model.results.IoCategory;
import io.berth.model.results.IoCost;
import io.berth.probe.agent.Categories;
import io.berth.probe.bridge.Account;
import io.berth.probe.bridge.Cells;
import io.berth.probe.bridge.Label;
import io.berth.probe.bridge.Schemes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Storage calls of one kind by threads that ran no task.
 *
 * @param driver    whether the calling thread is one of the driver's own, which nobody else waits for
 * @param iteration local property {@code berth.iteration} of the calling thread
 * @param step      local property {@code berth.step} of the calling thread
 * @param jobGroup  Spark's job group of the calling thread
 * @param execution Spark's SQL execution id of the calling thread; {@code older} for those of long ago, together
 * @param scheme    scheme of the file system
 * @param category  kind of call
 * @param cost      of the calls
 */
public record OutsideIo(
        boolean driver,
        Optional<String> iteration,
        Optional<String> step,
        Optional<String> jobGroup,
        Optional<String> execution,
        String scheme,
        IoCategory category,
        IoCost cost) {

    static List<OutsideIo> of(List<Account> accounts) {
        List<OutsideIo> all = new ArrayList<>();
        for (Account account : accounts) {
            Label label = account.label();
            for (int cell = 0; cell < Cells.COUNT; cell++) {
                if (account.calls(cell) != 0) {
                    all.add(new OutsideIo(
                            label.driver(),
                            Optional.ofNullable(label.iteration()),
                            Optional.ofNullable(label.step()),
                            Optional.ofNullable(label.jobGroup()),
                            Optional.ofNullable(label.execution()),
                            Schemes.name(Cells.scheme(cell)),
                            Categories.of(cell),
                            new IoCost(account.calls(cell), account.nanos(cell), account.bytes(cell))));
                }
            }
        }
        return all;
    }
}
