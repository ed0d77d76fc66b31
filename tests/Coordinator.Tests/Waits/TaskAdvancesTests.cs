using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Waits;

namespace EdgeFlora.Coordinator.Tests.Waits;

public sealed class TaskAdvancesTests
{
    private static readonly Guid Run = Guid.NewGuid();

    [Fact]
    public void The_last_word_of_each_agent_counts_until_the_next_round_or_the_end()
    {
        var advances = new TaskAdvances();

        advances.Take(Progress("a", 10));
        advances.Take(Progress("a", 20));
        advances.Take(Progress("b", 5));

        Assert.Equal(new TaskAdvance(1, TaskPhase.Training, 20, 40, 0.5), advances.Of(Run)["a"]);
        Assert.Equal(2, advances.Of(Run).Count);
        Assert.Empty(advances.Of(Guid.NewGuid()));

        advances.Take(Progress("a", 1) with { Kind = RunEventKind.RoundOpened });
        Assert.Empty(advances.Of(Run));
        advances.Take(Progress("a", 1));
        advances.Take(Progress("a", 1) with { Kind = RunEventKind.RunCompleted });
        Assert.Empty(advances.Of(Run));
    }

    [Fact]
    public void A_phase_of_another_version_is_passed_over()
    {
        var advances = new TaskAdvances();

        advances.Take(Progress("a", 10) with { Phase = "Dreaming" });

        Assert.Empty(advances.Of(Run));
    }

    [Theory]
    [InlineData(34, 100, null, "fetching the model, 34 %")]
    [InlineData(0, 0, null, "fetching the model")]
    [InlineData(0, 100, "waits for agent 'b'", "fetching the model: waits for agent 'b'")]
    public void Fetching_tells_how_far_it_is_or_what_it_waits_for(int step, int total, string? waiting, string words)
    {
        var advances = new TaskAdvances();

        advances.Take(Progress("a", step) with { Phase = nameof(TaskPhase.Fetching), Total = total, Detail = waiting });

        Assert.Equal(words, advances.Of(Run)["a"].Words);
    }

    private static RunEvent Progress(string agent, int step) => new()
    {
        RunId = Run,
        Sequence = 0,
        ElapsedMs = 0,
        Kind = RunEventKind.TaskProgressed,
        Round = 1,
        AgentId = agent,
        Phase = nameof(TaskPhase.Training),
        Step = step,
        Total = 40,
        Loss = 0.5,
    };
}
