using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Aggregate;

public sealed class ReadOutTests : IDisposable
{
    private readonly AdapterFolders given = new();

    private string Target => Path.Combine(given.Root, "out");

    public void Dispose() => given.Dispose();

    [Fact]
    public async Task Lower_ranks_lie_beside_the_merged_adapter_each_nearer_to_it_than_the_one_below()
    {
        (int code, string output, string error) = await given.RunAsync(
            ["--strategy", "FlexLora", "--read-out", "1,3", given.Write("a", 1), given.Write("b", 2), given.Write("c", 3)]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains(Target + ".rank-3", output, StringComparison.Ordinal);
        LoraAdapter merged = PeftFolder.Read(Target);
        LoraAdapter one = PeftFolder.Read(Target + ".rank-1");
        LoraAdapter three = PeftFolder.Read(Target + ".rank-3");
        Assert.Equal((1, 3, 4), (one.Settings.Rank, three.Settings.Rank, merged.Settings.Rank));
        double[] whole = Change(merged);
        Assert.InRange(Distance(whole, Change(three)), double.Epsilon, 0.999 * Distance(whole, Change(one)));
        Assert.True(Distance(whole, Change(one)) < Distance(whole, new double[whole.Length]));
    }

    [Theory]
    [InlineData("5", "--read-out has 5; the merged adapter has rank 4, and what is read out of it 1 … 4")]
    [InlineData("2,zwei", "--read-out has 'zwei'; it must be ranks (1 … 1024) with commas between them, as 4,8")]
    [InlineData("0", "--read-out has '0'; it must be ranks (1 … 1024) with commas between them, as 4,8")]
    public Task A_rank_that_cannot_be_read_out_is_refused_and_nothing_written(string ranks, string refusal) =>
        given.AssertRefusedAsync(["--read-out", ranks, given.Write("a", 1), given.Write("b", 2)], refusal);

    [Fact]
    public Task A_folder_that_is_merged_is_not_replaced_by_what_is_read_out() =>
        given.AssertRefusedAsync(["--read-out", "2", given.Write("out.rank-2", 1), given.Write("b", 2)], "which would replace", "out.rank-2");

    /// <summary>s·B·A of all modules, one after the other.</summary>
    private static double[] Change(LoraAdapter adapter) =>
    [
        .. adapter.Modules.Values.SelectMany(factors =>
            from row in Enumerable.Range(0, factors.Outputs)
            from column in Enumerable.Range(0, factors.Inputs)
            select adapter.Settings.Scale * Enumerable.Range(0, factors.Rank).Sum(k => (double)factors.B[row, k] * factors.A[k, column])),
    ];

    private static double Distance(double[] x, double[] y) => Math.Sqrt(x.Zip(y, (a, b) => (a - b) * (a - b)).Sum());
}
