using EdgeFlora.Experiments.Results;

namespace EdgeFlora.Experiments.Tests.Results;

public sealed class TableTests
{
    private static readonly Table Sample = new(["method", "ϱ of step", "accuracy %"], [["Fed_IT", "0.1 ± 0.02", "50"], ["a, \"b\"", "–", "1|2"]]);

    [Fact]
    public void It_can_be_pasted_into_Markdown() =>
        Assert.Equal(
            "| method | ϱ of step | accuracy % |\n|---|---:|---:|\n| Fed_IT | 0.1 ± 0.02 | 50 |\n| a, \"b\" | – | 1\\|2 |\n", Sample.Markdown());

    [Fact]
    public void It_can_be_pasted_into_LaTeX() =>
        Assert.Equal(
            "\\begin{tabular}{lrr}\n\\toprule\nmethod & $\\varrho$ of step & accuracy \\% \\\\\n\\midrule\n"
            + "Fed\\_IT & 0.1 $\\pm$ 0.02 & 50 \\\\\na, \"b\" & -- & 1|2 \\\\\n"
            + "\\bottomrule\n\\end{tabular}\n",
            Sample.Latex());

    [Fact]
    public void It_can_be_read_as_CSV() =>
        Assert.Equal("method,ϱ of step,accuracy %\r\nFed_IT,0.1 ± 0.02,50\r\n\"a, \"\"b\"\"\",–,1|2\r\n", Sample.Csv());

    /// <summary>Student's t with 2 degrees of freedom: 4.303 · s / √3.</summary>
    [Fact]
    public void An_interval_is_Students()
    {
        Interval interval = Interval.Of([0.4, 0.5, 0.6])!;

        Assert.Equal(0.5, interval.Mean, tolerance: 1e-12);
        Assert.Equal(4.303 * 0.1 / Math.Sqrt(3), interval.Half!.Value, tolerance: 1e-9);
        Assert.Null(Interval.Of([0.4])!.Half);
        Assert.Null(Interval.Of([]));
    }
}
