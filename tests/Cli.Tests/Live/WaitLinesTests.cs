using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Cli.Tests.Live;

public sealed class WaitLinesTests
{
    private static readonly WaitReason ForAgents = Waiting(WaitKind.Agents, "waits for 2 more of 2 agents", present: 0);
    private static readonly WaitReason ForOne = Waiting(WaitKind.Agents, "waits for 1 more of 2 agents", present: 1);

    [Fact]
    public async Task What_lasts_is_said_once_and_again_when_it_changes()
    {
        Assert.Equal(
            ["Queued: waits for 2 more of 2 agents", "Queued: waits for 1 more of 2 agents"],
            await LinesAsync(ForAgents, ForAgents, ForAgents, ForOne, ForOne));
    }

    [Fact]
    public async Task What_passes_between_two_looks_is_not_said()
    {
        Assert.Empty(await LinesAsync(null, ForAgents, ForOne, Waiting(WaitKind.Results, "round 1 waits for a", present: 0), null));
    }

    [Fact]
    public async Task An_operator_who_holds_the_run_is_named_at_once()
    {
        Assert.Equal(["Queued: held by an operator"], await LinesAsync(Waiting(WaitKind.Operator, "held by an operator", present: 0), null));
    }

    /// <summary>What is said when the run is looked at once for each reason.</summary>
    private static async Task<string[]> LinesAsync(params WaitReason?[] looks)
    {
        var clock = new FakeTimeProvider();
        var written = new StringWriter();
        await using RunDisplay display = RunDisplay.Plain(written, RunView.Empty);
        using var ended = new CancellationTokenSource();
        int looked = 0;
        async Task<RunSummary?> LookAsync(CancellationToken stop)
        {
            if (looked == looks.Length)
            {
                await ended.CancelAsync();
                stop.ThrowIfCancellationRequested();
            }

            return Run(looks[looked++]);
        }

        Task saying = new WaitLines(LookAsync, display, clock).SayAsync(ended.Token);
        await LimitedWait.StepUntilAsync(() => saying.IsCompleted, () => clock.Advance(TimeSpan.FromSeconds(2)));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => saying);
        return written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static WaitReason Waiting(WaitKind kind, string sentence, int present) =>
        new() { Kind = kind, Sentence = sentence, Since = DateTimeOffset.UnixEpoch, Present = present, Needed = 2 };

    private static RunSummary Run(WaitReason? waiting) => new()
    {
        Id = Guid.Empty,
        Name = "night",
        State = RunState.Queued,
        Waiting = waiting,
        Task = "classification",
        Model = "m",
        Strategy = "FloraNA",
        RoundsCommitted = 0,
        RoundsSkipped = 0,
        Rounds = 3,
        Priority = 0,
        SubmittedAt = DateTimeOffset.UnixEpoch,
    };
}
