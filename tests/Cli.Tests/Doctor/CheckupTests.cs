using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Doctor;
using Microsoft.Extensions.Time.Testing;

namespace EdgeFlora.Cli.Tests.Doctor;

public sealed class CheckupTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_check_whose_condition_is_not_met_is_not_tried_and_says_which()
    {
        IReadOnlyList<CheckResult> results = await RunAsync(
            new SettledCheck("tcp", "connects", Finding.Failed("nobody answers", "start it")),
            new Scripted("login", ["tcp"]),
            new Scripted("rights", ["login"]),
            new Scripted("disk", []));

        Assert.Equal(
            [(CheckOutcome.Failed, "nobody answers"), (CheckOutcome.NotTried, "tcp failed"), (CheckOutcome.NotTried, "login was not tried"),
                (CheckOutcome.Ok, "well")],
            results.Select(result => (result.Finding.Outcome, result.Finding.Text)));
    }

    [Fact]
    public async Task A_warning_keeps_nothing_back() => Assert.Equal(
        CheckOutcome.Ok,
        (await RunAsync(new SettledCheck("a", "", Finding.Warning("odd", "mend it")), new Scripted("b", ["a"])))[1].Finding.Outcome);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_check_that_hangs_is_left_behind_at_its_limit(bool isRemote)
    {
        var clock = new FakeTimeProvider();
        var hanging = new Scripted("slow", []) { Act = _ => new TaskCompletionSource<Finding>().Task, Remote = isRemote };
        Task<IReadOnlyList<CheckResult>> run = new Checkup([hanging], clock).RunAsync(_ => { }, _ => { }, Stop);

        await LimitedWait.StepUntilAsync(() => run.IsCompleted, () => clock.Advance(TimeSpan.FromSeconds(1)));

        Finding finding = (await run)[0].Finding;
        Assert.Equal((CheckOutcome.Failed, "it did not end within 15 s", isRemote), (finding.Outcome, finding.Text, finding.IsUnreachable));
    }

    [Fact]
    public async Task What_a_check_throws_is_what_it_found()
    {
        IReadOnlyList<CheckResult> results = await RunAsync(
            new Scripted("a", []) { Act = _ => throw new InvalidDataException("line 3 is damaged.") },
            new Scripted("b", []) { Act = _ => throw new NotSupportedException("never thought of") });

        Assert.Equal(["line 3 is damaged", "NotSupportedException: never thought of"], results.Select(result => result.Finding.Text));
        Assert.All(results, result => Assert.Equal(CheckOutcome.Failed, result.Finding.Outcome));
    }

    [Fact]
    public async Task Ending_the_command_ends_its_check()
    {
        using var ending = new CancellationTokenSource();
        var waiting = new Scripted("a", [])
        {
            Act = async stop =>
            {
                await ending.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
                return Finding.Ok("");
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new Checkup([waiting], TimeProvider.System).RunAsync(_ => { }, _ => { }, ending.Token));
    }

    [Theory]
    [InlineData(ExitCode.Done, "Ok Warning NotTried")]
    [InlineData(ExitCode.BadInput, "Unreachable Failed")]
    [InlineData(ExitCode.Unreachable, "Ok Unreachable NotTried")]
    public void The_exit_code_tells_what_must_be_mended_from_what_cannot_be_reached(int code, string findings) => Assert.Equal(
        code,
        Report([.. findings.Split(' ').Select(Found)]).ExitCode);

    [Fact]
    public void Lines_say_what_was_done_within_which_time_what_was_found_and_what_mends_it() => Assert.Equal(
        ["c0: does (at most 15 s) … ok: well", "c1: does (at most 15 s) … failed: broken", "    mend: hammer", "1 ok, 1 failed"],
        Report([Finding.Ok("well"), Finding.Failed("broken", "hammer")]).ToLines());

    private static Finding Found(string word) =>
        word == "Unreachable" ? Finding.Unreachable("", "") : new Finding(Enum.Parse<CheckOutcome>(word), "");

    private static CheckupReport Report(Finding[] findings) => new()
    {
        Side = "device",
        At = DateTimeOffset.UnixEpoch,
        Version = "1",
        Results = [.. findings.Select((finding, i) => new CheckResult($"c{i}", "does", 15, 0, finding))],
    };

    private static Task<IReadOnlyList<CheckResult>> RunAsync(params ICheck[] checks) =>
        new Checkup(checks, TimeProvider.System).RunAsync(_ => { }, _ => { }, Stop);

    private sealed class Scripted(string name, IReadOnlyList<string> needs) : ICheck
    {
        public Func<CancellationToken, Task<Finding>> Act { get; init; } = _ => Task.FromResult(Finding.Ok("well"));

        public bool Remote { get; init; }

        public string Name => name;

        public string Deed => "does";

        public IReadOnlyList<string> Needs => needs;

        public bool IsRemote => Remote;

        public Task<Finding> RunAsync(CancellationToken stop) => Act(stop);
    }
}
