using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Doctor.Bundle;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Cli.Logging;
using EdgeFlora.Cli.SystemServices;
using EdgeFlora.Cli.Telemetry;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Hosting;
using EdgeFlora.EdgeAgent.Presence;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary>An agent as a program of its own, with what it does as lines on the terminal.</summary>
internal sealed class AgentProgram(ConfiguredAgent settings, bool stopWithInput) : IAgentObserver
{
    private readonly Scrubber scrubber = new(KnownSecrets.Of(settings));
    private SystemdNotice? notice;
    private ReadyMark? ready;
    private (AgentPhase Phase, int Round, string? Fetches) shown = (AgentPhase.Stopped, -1, null);

    public async Task<int> RunAsync(CancellationToken stop)
    {
        AgentSession.Check(settings, TimeProvider.System);
        AgentTrainer trainer = settings.Agent.Trainer is { } program
            ? AgentTrainer.Of(program)
            : AgentTrainer.Of(
                EngineSelection.Choose(settings.Agent.Engine, settings.Agent.Device, settings.Agent.Isolate, InstalledWorkers.Programs),
                settings.Agent);
        using CancellationTokenSource ending = StopWithInput.Link(stopWithInput, stop);
        using AgentSession session = await AgentSession.OpenAsync(settings, trainer, TimeProvider.System, ending.Token);
        if (session.Closed is { } closed)
        {
            Said(closed);
        }

        using TelemetryExport? export = TelemetryExport.Open(TelemetryExport.Agent, settings.Agent.Name);
        using ILoggerFactory loggers = LogFile.Open(settings.LogFile, export is null ? null : export.AddLogs);
        loggers.CreateLogger<AgentProgram>().EngineChosen(trainer.Detail);
        using var mark = new ReadyMark(settings.Agent.StateFolder);
        ready = mark;
        try
        {
            await session.RunAsync(loggers, this, ending.Token);
        }
        finally
        {
            notice?.Dispose();
        }

        return ExitCode.Done;
    }

    /// <summary>What others may see of it: without the secrets that are known here.</summary>
    public TerminalTail Terminal { get; } = new();

    public void Said(string line)
    {
        string shown = SafeText.OneLine($"agent {settings.Agent.Name}: {line}");
        Console.WriteLine(shown);
        Terminal.Add(scrubber.Scrub(SafeText.OneLine(line)));
    }

    public void Began(string engine, int specialTokensAsText)
    {
        Said($"{engine}; log in {LogFile.Pattern(settings.LogFile)}; Ctrl-C stops it");
        if (specialTokensAsText > 0)
        {
            Said(SpecialTokensOption.Warning(specialTokensAsText));
        }

        notice = SystemdNotice.Open();
        notice.Ready();
    }

    /// <summary>One line whenever the agent turns to something else.</summary>
    public void Changed(AgentState state)
    {
        if (state.Joined)
        {
            ready?.Set();
        }

        string? fetches = state.Phase == AgentPhase.Fetching ? state.Reason : null;
        if ((state.Phase, state.Round, fetches) == shown)
        {
            return;
        }

        shown = (state.Phase, state.Round, fetches);
        string round = state.Round > 0 ? $" for round {state.Round}" : "";
        string? why = state.Reason ?? (state.Phase == AgentPhase.Training && state.Memory is { } memory ? $"fits in {memory}" : null);
        string doing = SafeText.OneLine($"{state.Phase.ToString().ToLowerInvariant()}{round}{(why is null ? "" : $": {why}")}");
        Said(doing);
        notice?.Status(doing);
    }

    public void Waits(string line)
    {
        Said(line);
        notice?.Status(line);
    }
}
