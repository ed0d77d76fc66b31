using EdgeFlora.Adapters;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Cli.Logging;
using EdgeFlora.Cli.SystemServices;
using EdgeFlora.Cli.Telemetry;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary>An agent as a program of its own, with what it does as lines on the terminal.</summary>
internal sealed class AgentProgram(ConfiguredAgent settings, bool stopWithInput)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>A coordinator that is there and wants this agent answers within a second or two.</summary>
    private static readonly TimeSpan UsualAnswer = TimeSpan.FromSeconds(10);

    public async Task<int> RunAsync(CancellationToken stop)
    {
        EdgeAgentService.Check(settings.Agent);
        var conditions = new SystemConditions(TimeProvider.System);
        CheckConditions(conditions);
        EngineChoice? choice = settings.Agent.Trainer is null
            ? EngineSelection.Choose(settings.Agent.Engine, settings.Agent.Device, settings.Agent.Isolate, WorkerPrograms.Installed)
            : null;
        string what = choice?.Brief(settings.Agent.Limits.Threads) ?? $"engine {AgentOptions.CommandEngine}: {settings.Agent.Trainer!.Command[0]}";
        using CancellationTokenSource ending = StopWithInput.Link(stopWithInput, stop);
        using AgentStateFolder state = AgentStateFolder.Open(settings.Agent);
        LocalModels models = await LocalModels.OpenAsync(
            settings.Agent.Models, settings.Storage, Path.Combine(settings.Agent.StateFolder, "models.json"), ending.Token);
        BaseModel model = models.Load(models.FirstSha256);
        EdgeAgentService.CheckModel(settings.Agent, model);
        if (state.Closed is { } closed)
        {
            Say(closed);
        }

        using TelemetryExport? export = TelemetryExport.Open(TelemetryExport.Agent, settings.Agent.Name);
        using ILoggerFactory loggers = LogFile.Open(settings.LogFile, export is null ? null : export.AddLogs);
        loggers.CreateLogger<AgentProgram>().EngineChosen(choice?.Detail ?? what);
        DeviceProfile? device = choice is not null && settings.MeasureDevice && settings.Agent.Role == AgentRole.Trainer
            ? Measure(choice.Engine, model, ending.Token)
            : null;
        MessageBus bus = await ConnectAsync(loggers, ending.Token);
        IDisposable outages = bus.WatchOutages(TimeProvider.System, Say);
        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable logins = bus.WatchLogins(() => refused.TrySetResult());
        try
        {
            await using var agent = new EdgeAgentService(
                bus, settings.Agent, models, choice?.Engine, TimeProvider.System, loggers, device, conditions, state);
            Say($"{what}; log in {LogFile.Pattern(settings.LogFile)}; Ctrl-C stops it");
            if (agent.SpecialTokensAsText > 0)
            {
                Say(SpecialTokensOption.Warning(agent.SpecialTokensAsText));
            }

            using SystemdNotice notice = SystemdNotice.Open();
            notice.Ready();
            Task running = agent.RunAsync(ending.Token);
            Task watching = WatchAsync(agent, running, notice);
            if (await Task.WhenAny(running, refused.Task) == refused.Task)
            {
                await ending.CancelAsync();
                await watching;
                await running;
                throw new InputException(
                    Unwelcome("The broker accepts this agent's user or its password no longer: it was revoked, or enrolled again elsewhere."));
            }

            await watching;
            await running;
            return ExitCode.Done;
        }
        finally
        {
            logins.Dispose();
            outages.Dispose();
            await BusFactory.StopAsync(bus);
        }
    }

    /// <exception cref="InputException">The broker does not let this agent in.</exception>
    private async Task<MessageBus> ConnectAsync(ILoggerFactory loggers, CancellationToken stop)
    {
        try
        {
            return await BusFactory.StartAsync(settings.Broker, TimeProvider.System, loggers, stop);
        }
        catch (BrokerUnreachableException refused) when (refused.IsLogin)
        {
            throw new InputException(
                Unwelcome(
                    settings.Agent.IsEnrolled
                        ? $"{refused.Message} The agent may have been revoked, or its user not been made at the broker yet."
                        : $"{refused.Message} This agent is not enrolled."),
                refused);
        }
    }

    /// <summary>What is wrong, and the command that helps.</summary>
    private string Unwelcome(string sentence) =>
        $"{sentence} Enrol it, with a token that an operator makes (edgeflora tokens create --agent): edgeflora agent enroll URL --token TOKEN "
            + $"--name {settings.Agent.Name} --state '{settings.Agent.StateFolder}'";

    private void Say(string line) => Console.WriteLine(SafeText.OneLine($"agent {settings.Agent.Name}: {line}"));

    /// <summary>What the owner forbids must be told by the system, else the agent would never work.</summary>
    private void CheckConditions(SystemConditions conditions)
    {
        if (!settings.Agent.Allow.OnBattery && conditions.OnBattery is null)
        {
            throw new InputException("allow.onBattery is no, but this system does not tell whether it runs on its battery; leave the setting out");
        }

        if (!settings.Agent.Allow.Metered && conditions.Metered is null)
        {
            throw new InputException(
                "allow.metered is no, but this system does not tell whether its network is paid by volume (NetworkManager is asked); "
                    + "leave the setting out");
        }
    }

    /// <summary>What this device can train, as the state folder has it from an earlier start, or else measured now.</summary>
    private DeviceProfile? Measure(IEngine engine, BaseModel model, CancellationToken stop)
    {
        if (MeasuredDevice.Known(settings, engine, model) is { } known)
        {
            return known;
        }

        try
        {
            Say("measuring what this device can train, once");
            return MeasuredDevice.Measure(settings, engine, model, stop);
        }
        catch (AdapterFormatException unusual)
        {
            // Layers of no usual name: tasks name their own, so the agent works without figures.
            Say($"not measured: {unusual.Message}");
            return null;
        }
    }

    /// <summary>One line whenever the agent turns to something else, and one if nobody answers for long.</summary>
    private async Task WatchAsync(EdgeAgentService agent, Task running, SystemdNotice notice)
    {
        (AgentPhase, int, string?) shown = (AgentPhase.Stopped, -1, null);
        long began = TimeProvider.System.GetTimestamp();
        bool explained = false;
        while (!running.IsCompleted)
        {
            AgentState now = agent.State;
            string? waiting = now.Phase == AgentPhase.Fetching ? now.Reason : null;
            if ((now.Phase, now.Round, waiting) != shown)
            {
                shown = (now.Phase, now.Round, waiting);
                string round = now.Round > 0 ? $" for round {now.Round}" : "";
                string? why = now.Reason ?? (now.Phase == AgentPhase.Training && now.Memory is { } memory ? $"fits in {memory}" : null);
                string doing = SafeText.OneLine($"{now.Phase.ToString().ToLowerInvariant()}{round}{(why is null ? "" : $": {why}")}");
                Say(doing);
                notice.Status(doing);
            }

            if (!now.Joined && !explained && TimeProvider.System.GetElapsedTime(began) > UsualAnswer)
            {
                explained = true;
                const string Alone = "no answer yet: no coordinator is at work at this broker; the agent waits for one";
                Say(Alone);
                notice.Status(Alone);
            }

            await Task.WhenAny(running, Task.Delay(Look, TimeProvider.System));
        }
    }
}
