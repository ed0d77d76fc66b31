using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Doctor;
using EdgeFlora.Cli.Doctor.Device;
using EdgeFlora.Cli.Engines;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.Cli.Tests.Doctor;

/// <summary>Each check of the device itself, well and ill.</summary>
public sealed class DeviceCheckTests : IDisposable
{
    private static readonly WorkerPrograms NoTorch = new(InstalledWorkers.Portable, _ => null, () => false);

    private readonly DeviceFixture device = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => device.Dispose();

    [Fact]
    public async Task A_folder_that_can_be_written_is_told_with_its_free_space_and_left_as_it_was()
    {
        Finding finding = await RunAsync(new DiskCheck(device.In("state")));

        Assert.NotEqual(CheckOutcome.Failed, finding.Outcome);
        Assert.Matches(@"^it can be written; [\d,]+ MiB are free$", finding.Text);
        Assert.Equal([device.In("data.jsonl")], Directory.GetFileSystemEntries(device.In("")));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told_with_what_helps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Not even an administrator may write to /proc.");

        Finding finding = await RunAsync(new DiskCheck("/proc/self/state"));

        Assert.Equal(CheckOutcome.Failed, finding.Outcome);
        Assert.StartsWith("/proc/self cannot be written: ", finding.Text, StringComparison.Ordinal);
        Assert.Contains("sudo chown -R ", finding.Mend, StringComparison.Ordinal);
        Assert.Equal("is a file", (await RunAsync(new DiskCheck(device.In("data.jsonl")))).Text.Split(' ', 2)[1]);
    }

    [Fact]
    public async Task A_folder_on_a_drive_that_is_not_there_is_told_with_its_option()
    {
        Finding finding = await RunAsync(new DiskCheck(device.In("state"), exists: _ => false));

        Assert.Equal((CheckOutcome.Failed, $"{device.In("state")} is on a drive that is not there"), (finding.Outcome, finding.Text));
        Assert.Equal("connect the drive, or name a folder on another one with --state", finding.Mend);
    }

    [Fact]
    public async Task What_others_may_read_is_told_with_the_command_that_closes_it()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("There are no modes of files on Windows.");
            return;
        }

        string state = device.In("state");
        Directory.CreateDirectory(state, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(CheckOutcome.Ok, (await RunAsync(new ModesCheck(state))).Outcome);
        string password = device.Write("state/broker.password", "pw");
        File.SetUnixFileMode(password, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Finding finding = await RunAsync(new ModesCheck(state));

        Assert.Equal(
            (CheckOutcome.Failed, $"1 files or folders are open to others, such as {password}", $"chmod -R go-rwx '{state}'"),
            (finding.Outcome, finding.Text, finding.Mend));
        Assert.Equal(CheckOutcome.NotTried, (await RunAsync(new ModesCheck(device.In("none")))).Outcome);
    }

    [Fact]
    public async Task Data_with_a_damaged_row_is_told_with_file_and_line()
    {
        Assert.Equal("1 file can be used", (await RunAsync(new DataCheck(device.Context))).Text);
        device.Write("data.jsonl", """{"text": "good", "label": "x"}""", "{oops");

        Finding finding = await RunAsync(new DataCheck(device.Context));

        Assert.Equal(CheckOutcome.Failed, finding.Outcome);
        Assert.Contains("data.jsonl:2", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_cannot_be_read_is_named()
    {
        Directory.CreateDirectory(device.In("broken"));
        device.Agent = device.Agent with { Models = [new ModelOptions("broken", device.In("broken"))] };

        Finding finding = await RunAsync(new ModelCheck(device.Context));

        Assert.Equal(CheckOutcome.Failed, finding.Outcome);
        Assert.StartsWith($"model 'broken' in {device.In("broken")} cannot be used: ", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Engines_tell_their_vectors_or_what_is_missing()
    {
        Finding portable = await RunAsync(new EngineCheck(device.Context, NoTorch));
        Finding torch = await RunAsync(new EngineCheck(With(device.Agent with { Engine = "torch" }), NoTorch));
        var trainer = new TrainerOptions { Command = ["/no/trainer"] };
        Finding absent = await RunAsync(new EngineCheck(With(device.Agent with { Trainer = trainer }), NoTorch));

        Assert.Matches("^engine portable .*(vectors of (128|256|512) bits|no vectors)$", portable.Text);
        Assert.Equal((CheckOutcome.Failed, "edgeflora torch install, or --engine portable"), (torch.Outcome, torch.Mend));
        Assert.Equal("there is no program /no/trainer", absent.Text);
    }

    [Theory]
    [InlineData(1L << 20, "Failed")]
    [InlineData(1L << 40, "Ok")]
    public async Task Memory_that_is_free_is_held_against_what_the_model_takes(long free, string outcome)
    {
        DeviceContext context = device.Context;
        await RunAsync(new ModelCheck(context));
        await RunAsync(new EngineCheck(context, NoTorch));

        Finding finding = await RunAsync(new MemoryCheck(context, () => free));

        Assert.Equal(outcome, finding.Outcome.ToString());
        Assert.Matches(@"^[\d,]+ MiB are free; the model alone takes [\d,]+ MiB$", finding.Text);
    }

    [Fact]
    public async Task A_clock_is_compared_only_where_a_service_is_known_and_answers()
    {
        Assert.StartsWith("the agent is not enrolled", (await RunAsync(new ClockCheck(device.Context))).Text, StringComparison.Ordinal);
        Directory.CreateDirectory(device.In("state"));
        new StoredEnrolment("pump-1", "amqp://x@h/", "https://127.0.0.1:9", Fingerprint: null, null).Write(device.In("state"), "secret", null);

        Finding finding = await RunAsync(new ClockCheck(device.Context));

        Assert.Equal(CheckOutcome.NotTried, finding.Outcome);
        Assert.StartsWith("the service's API, which an agent does not need, is not reached: ", finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "Ok")]
    [InlineData(-29, "Ok")]
    [InlineData(60, "Warning")]
    [InlineData(-3600, "Failed")]
    public void A_clock_that_goes_wrong_is_told(int seconds, string outcome) =>
        Assert.Equal(outcome, ClockFinding.Of(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddSeconds(seconds)).Outcome.ToString());

    [Fact]
    public async Task Settings_that_cannot_be_used_are_all_told_and_exit_with_2()
    {
        (int code, string output, _) = await CommandRunner.RunAsync("doctor", "--name", "Pump 1", "--threads", "2");

        Assert.Equal(ExitCode.BadInput, code);
        Assert.StartsWith(
            "settings: reads the agent's settings (at most 15 s) … failed: --name is 'Pump 1'; it must be ", output, StringComparison.Ordinal);
        Assert.Contains("--data is missing", output, StringComparison.Ordinal);
    }

    private static Task<Finding> RunAsync(ICheck check) => check.RunAsync(Stop);

    private DeviceContext With(AgentOptions agent)
    {
        device.Agent = agent;
        return device.Context;
    }
}
