using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Agent;
using EdgeFlora.Cli.Doctor;
using EdgeFlora.Cli.Doctor.Bundle;
using EdgeFlora.Cli.Doctor.Device;
using EdgeFlora.Cli.Doctor.Service;
using EdgeFlora.Cli.Doctor.Store;
using EdgeFlora.Cli.Service;
using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.EdgeAgent.Configuration;

namespace EdgeFlora.Cli.Commands.Doctor;

/// <summary>
/// <c>edgeflora doctor</c>: looks step by step whether this device can be an agent, or how a service stands, and says what mends it.
/// </summary>
internal sealed class DoctorCommand : Command
{
    private readonly AgentArguments agent = new();
    private readonly ConnectionOptions connection = new();
    private readonly Option<bool> service = new("--service")
    {
        Description = "Look at a service as its operator, in place of this device; so does --context",
    };
    private readonly Option<string?> coordinator = new("--coordinator")
    {
        Description = "Look at the machine of a coordinator, in place of this device: its configuration (coordinator.yaml), its state folder, "
            + "and the PostgreSQL database and the S3 bucket that it is set to",
        HelpName = "FILE",
    };
    private readonly Option<bool> json = new("--json") { Description = "Answer in JSON (docs/doctor-json.md)" };
    private readonly Option<string?> bundle = new("--bundle")
    {
        Description = "New file for whoever is to help: checks, settings, versions and the end of the log, without secrets",
        HelpName = "FILE.zip",
    };

    public DoctorCommand()
        : base(
            "doctor",
            "Look whether this device, a service or the machine of a coordinator can do its work, step by step, and say what mends it. Options "
                + "as agent run has them. Exit code 0: all is well, 2: something must be mended, 4: the other side cannot be reached.")
    {
        foreach (Option option in (Option[])[.. agent.All, service, .. connection.All, coordinator, json, bundle])
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        SupportBundle.Check(parsed.GetValue(bundle));
        if (parsed.GetValue(coordinator) is { } file)
        {
            parsed.RefuseBoth(
                coordinator, "which looks at the machine of a coordinator; leave one of them out", [.. agent.All, service, .. connection.All]);
            return LookAtCoordinatorAsync(parsed, file, stop);
        }

        return parsed.GetValue(service) || connection.All.Any(option => parsed.IsGiven(option))
            ? LookAtServiceAsync(parsed, stop)
            : LookAtDeviceAsync(parsed, stop);
    }

    private async Task<int> LookAtServiceAsync(ParseResult parsed, CancellationToken stop)
    {
        ServiceContext context = connection.Read(parsed);
        using var examination = new ServiceExamination(context, TimeProvider.System);
        CheckupReport report = await LookAsync(parsed, "service", ServiceChecks.Of(examination), stop);
        string[] settings =
        [
            $"url = {context.Url}",
            $"token = {(context.Token is null ? "none" : Scrubber.Hidden)}",
            $"fingerprint = {context.Fingerprint ?? "none"}",
        ];
        Keep(parsed, report, settings, [], new Scrubber([.. KnownSecrets.Of(null), context.Token ?? ""]));
        return report.ExitCode;
    }

    private async Task<int> LookAtCoordinatorAsync(ParseResult parsed, string file, CancellationToken stop)
    {
        ServiceConfiguration settings = ServiceArguments.Configuration(file, coordinator.Name);
        PostgresOptions? database = StoreArguments.Read(typed: null, settings);
        CheckupReport report = await LookAsync(
            parsed,
            "coordinator",
            [
                new SettledCheck("settings", "reads the coordinator's configuration", Finding.Ok($"{file} can be used")),
                .. StoreCheckup.Of(settings.State, database, TimeProvider.System),
            ],
            stop);
        string[] shown =
        [
            $"state = {settings.State ?? "not named"}",
            $"store = {database?.ToString() ?? "a file in the state folder"}",
            $"bodies = {database?.S3?.ToString() ?? database?.Bodies.ToString() ?? "in the state folder"}",
        ];
        string key = database?.S3 is { AccessKey: not null } bucket ? bucket.SecretKey() : "";
        Keep(parsed, report, shown, [], new Scrubber([.. KnownSecrets.Of(null), database?.Password ?? "", key]));
        return report.ExitCode;
    }

    private async Task<int> LookAtDeviceAsync(ParseResult parsed, CancellationToken stop)
    {
        AgentConfiguration configuration = agent.Configuration(parsed);
        ConfiguredAgent? settings = null;
        IReadOnlyList<ICheck> checks;
        try
        {
            settings = agent.Read(parsed);
            string read = configuration.File is { } file ? $"{file} and what stands above it can be used" : "they can be used";
            checks = [Configuration(Finding.Ok(read)), .. DeviceChecks.Of(new DeviceContext(settings, TimeProvider.System))];
        }
        catch (AgentConfigurationException wrong)
        {
            var finding = Finding.Failed(
                string.Join(" | ", wrong.Mistakes), "correct what is named, then run edgeflora doctor again: the other checks go by these settings");
            checks = [Configuration(finding), new VersionCheck()];
        }

        CheckupReport report = await LookAsync(parsed, "device", checks, stop);
        Keep(
            parsed,
            report,
            MaskedSettings.Lines(configuration),
            settings is null ? [] : LogTail.Of(settings.LogFile),
            new Scrubber(KnownSecrets.Of(settings)));
        return report.ExitCode;
    }

    private static SettledCheck Configuration(Finding finding) => new("settings", "reads the agent's settings", finding);

    private async Task<CheckupReport> LookAsync(ParseResult parsed, string side, IReadOnlyList<ICheck> checks, CancellationToken stop)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        TextWriter lines = parsed.GetValue(json) ? TextWriter.Null : output;
        bool begun = false;
        IReadOnlyList<CheckResult> results = await new Checkup(checks, TimeProvider.System).RunAsync(
            check =>
            {
                Begin(check.Name, check.Deed, check.Limit.TotalSeconds);
                begun = true;
            },
            result =>
            {
                if (!begun)
                {
                    Begin(result.Name, result.Did, result.LimitSeconds);
                }

                begun = false;
                foreach (string line in CheckupReport.End(result.Finding))
                {
                    lines.WriteLine(line);
                }
            },
            stop);
        var report = new CheckupReport
        {
            Side = side,
            At = TimeProvider.System.GetUtcNow(),
            Version = ProgramVersion.Text,
            Results = results,
        };
        await output.WriteLineAsync(parsed.GetValue(json) ? report.ToJson() : report.Summary);
        return report;

        void Begin(string name, string deed, double limitSeconds)
        {
            lines.Write(CheckupReport.Begin(name, SafeText.OneLine(deed), limitSeconds));
            lines.Flush();
        }
    }

    private void Keep(ParseResult parsed, CheckupReport report, IEnumerable<string> settings, IEnumerable<string> log, Scrubber scrubber)
    {
        if (parsed.GetValue(bundle) is not { } file)
        {
            return;
        }

        SupportBundle.Write(
            file,
            [("checks.txt", report.ToLines()), ("checks.json", [report.ToJson()]), ("settings.txt", settings), ("log.txt", log)],
            scrubber);
        if (!parsed.GetValue(json))
        {
            parsed.InvocationConfiguration.Output.WriteLine($"written: {file}; look through it before you send it");
        }
    }
}
