using EdgeFlora.Contracts.Results;
using EdgeFlora.Protocol.Messages;

namespace EdgeFlora.Protocol.Tests.Messages;

/// <summary>What an agent says of its labels is held against what can be.</summary>
public sealed class LabelCountsTests
{
    private static readonly LabelCounts Sound = new() { Actual = [2, 3], Predicted = [1, 4], Right = [1, 3] };

    public static TheoryData<LabelCounts, string> Unsound => new()
    {
        { Sound with { Actual = [2, 3, 0] }, "ByLabel has not 2 counts of each kind" },
        { Sound with { Right = [1] }, "ByLabel has not 2 counts of each kind" },
        { Sound with { Predicted = null! }, "ByLabel has not 2 counts of each kind" },
        { Sound with { Right = [-1, 3] }, "ByLabel has -1 right of 2 that have label 1" },
        { Sound with { Right = [2, 3] }, "ByLabel has 2 right of 2 that have label 1 and 1 given it" },
        { Sound with { Actual = [int.MaxValue, int.MaxValue], Predicted = [1, 4] }, "ByLabel counts 4294967294 examples" },
        { Sound with { Predicted = [1, 5] }, "ByLabel counts 5 examples and 6 predictions; HeldOut is 5." },
    };

    [Fact]
    public void Counts_that_add_up_are_taken() => Assert.Null(Wrong(Sound));

    [Theory]
    [MemberData(nameof(Unsound))]
    public void Counts_that_cannot_be_are_refused(LabelCounts counts, string sentence) =>
        Assert.StartsWith(sentence, Wrong(counts), StringComparison.Ordinal);

    [Fact]
    public void An_agent_that_keeps_its_own_adapter_says_how_good_that_is() => Assert.Equal(
        "The result says that the agent keeps its own adapter, and not how good that is.",
        ResultFigures.Wrong(Result(new ResultMetrics { KeepsOwn = true, HeldOut = 5 }), labels: 2));

    private static string? Wrong(LabelCounts counts) => ResultFigures.Wrong(Result(new ResultMetrics { HeldOut = 5, ByLabel = counts }), labels: 2);

    private static ResultReady Result(ResultMetrics metrics) => new()
    {
        Header = new() { V = 1, MessageId = Guid.Empty, RunId = Guid.Empty, AgentId = "a", BootId = Guid.Empty, Seq = 1 },
        Examples = 1,
        Metrics = metrics,
    };
}
