package io.berth.reports;

import io.berth.model.plan.Cell;
import io.berth.model.results.Results;
import io.berth.reports.cells.Comparison;
import io.berth.reports.page.HtmlReport;
import io.berth.reports.volumes.ClassLives;
import java.util.List;

/**
 * The report of a run in its three forms. A pure function of the results: equal results give equal bytes. A run that
 * isn't complete has a report too, which says so.
 */
public final class Report {
    private final Comparison comparison;
    private final List<ClassLives> volumes;

    private Report(Comparison comparison, List<ClassLives> volumes) {
        this.comparison = comparison;
        this.volumes = volumes;
    }

    /** Judges and compares the results. */
    public static Report of(Results results) {
        return new Report(Comparison.of(results), ClassLives.of(results.waves()));
    }

    /** One self-contained HTML page: no script, no request, readable from {@code file://}. */
    public String html() {
        return HtmlReport.of(comparison, volumes);
    }

    /** For machines, as documented in docs/report-json.md. Ends with a line feed. */
    public String json() {
        return JsonReport.of(comparison, volumes);
    }

    /**
     * Why a cell takes the time it takes, for a terminal. Ends with a line feed.
     *
     * @throws IllegalArgumentException if the plan has no such cell
     */
    public String explanation(Cell cell) {
        return Explanation.of(comparison, comparison.cell(cell.workload(), cell.profile()));
    }

    /** For a terminal: at most 100 columns, no colours. Ends with a line feed. */
    public String text() {
        return TextReport.of(comparison, volumes);
    }
}
