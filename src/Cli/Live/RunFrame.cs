using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Events;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace EdgeFlora.Cli.Live;

/// <summary>One frame of the live view.</summary>
internal static class RunFrame
{
    private const int BarWidth = 14;
    private const int IncidentsShown = 4;
    private const int AgentsShown = 16;
    private const int RoundsShown = 8;

    public static IRenderable Draw(string title, RunView view, string note, TimeSpan elapsed)
    {
        var parts = new List<IRenderable>
        {
            new Markup(string.Create(CultureInfo.InvariantCulture, $"[bold]{Escaped(title)}[/]  [grey]{elapsed.TotalSeconds:0} s  {Stage(view)}[/]")),
            Agents(view),
            Rounds(view),
        };
        parts.AddRange(view.Incidents.Values.TakeLast(IncidentsShown).Select(Line));
        if (note.Length > 0)
        {
            parts.Add(new Markup($"[grey]{Escaped(note)}[/]"));
        }

        return new Rows(parts);
    }

    private static Table Agents(RunView view)
    {
        Table table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey)
            .AddColumn("agent").AddColumn(Right("examples")).AddColumn("state").AddColumn("progress")
            .AddColumn(Right("loss")).AddColumn(Right("local")).AddColumn(Right("global")).AddColumn(Right("sent")).AddColumn("why");
        foreach (AgentView agent in view.Agents.Values.Take(AgentsShown))
        {
            table.AddRow(
                new Text(SafeText.OneLine(agent.Name)),
                new Text(agent.Examples?.ToString(CultureInfo.InvariantCulture) ?? Shown.Unknown),
                new Markup(State(agent)),
                new Markup(Progress(agent)),
                new Text(Shown.Figure(agent.Loss)),
                new Text(Shown.Quality(agent.LocalAccuracy, agent.LocalLoss)),
                new Text(Shown.Quality(agent.GlobalAccuracy, agent.GlobalLoss)),
                new Text(agent.BytesUp > 0 ? Shown.Bytes(agent.BytesUp) : Shown.Unknown),
                new Text(SafeText.OneLine(agent.Reason ?? "")).Overflow(Overflow.Ellipsis));
        }

        if (view.Agents.Count > AgentsShown)
        {
            table.AddRow(string.Create(CultureInfo.InvariantCulture, $"[grey]and {view.Agents.Count - AgentsShown} more[/]"));
        }

        return table;
    }

    private static Table Rounds(RunView view)
    {
        Table table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).AddColumn("round");
        foreach (string heading in new[] { "accepted", "dropped", "late", "refused", "ϱ used", "ϱ FedIT", "bound", Measured(view), "time" })
        {
            table.AddColumn(Right(heading));
        }

        foreach (RoundView round in view.Rounds.Values.TakeLast(RoundsShown))
        {
            RoundFigures? figures = round.Figures;
            table.AddRow(
                round.Number == 0 ? "base" : round.Number.ToString(CultureInfo.InvariantCulture),
                figures is null ? Pending(round) : string.Create(CultureInfo.InvariantCulture, $"{figures.Accepted.Count} of {figures.Offered}"),
                Count(figures?.Dropped.Count),
                Count(figures?.Late.Count),
                Count(figures?.Rejected.Count),
                figures is null ? "" : Shown.Figure(figures.DivergenceUsed),
                figures is null ? "" : Shown.Figure(figures.DivergenceFedIt),
                figures is null ? "" : Shown.Figure(figures.DivergenceBound),
                $"[bold]{Shown.Quality(round.GlobalAccuracy, round.GlobalLoss)}[/]",
                figures is null ? "" : Shown.Seconds(figures.Milliseconds));
        }

        return table;
    }

    /// <summary>What the evaluator's figures are.</summary>
    private static string Measured(RunView view) =>
        view.Rounds.Values.Any(round => round is { GlobalAccuracy: null, GlobalLoss: not null }) ? "loss" : "accuracy";

    private static string Pending(RoundView round) => round.Number == 0 ? "" : round.Stage switch
    {
        RoundStage.Skipped => "[yellow]skipped[/]",
        RoundStage.Aggregating => "[blue]merging[/]",
        RoundStage.Extended => "[yellow]extended[/]",
        _ => "[blue]open[/]",
    };

    private static string Count(int? count) => count switch
    {
        null => "",
        0 => "[grey]0[/]",
        { } some => string.Create(CultureInfo.InvariantCulture, $"[yellow]{some}[/]"),
    };

    private static string State(AgentView agent) => agent.State switch
    {
        AgentState.Idle => "[grey]idle[/]",
        AgentState.Offered => "[grey]offered[/]",
        AgentState.Working => $"[blue]{Escaped((agent.Phase ?? "working").ToLowerInvariant())}[/]",
        AgentState.Accepted => "[green]accepted[/]",
        AgentState.Late => "[yellow]late[/]",
        AgentState.Dropped => "[yellow]dropped[/]",
        AgentState.Left => "[grey]left[/]",
        AgentState.Refused => "[red]refused[/]",
        _ => "[red]shut out[/]",
    };

    private static string Progress(AgentView agent)
    {
        if (agent.Total <= 0)
        {
            return $"[grey]{new string('░', BarWidth)}[/]";
        }

        int filled = (int)Math.Clamp((long)agent.Step * BarWidth / agent.Total, 0, BarWidth);
        return $"[blue]{new string('█', filled)}[/][grey]{new string('░', BarWidth - filled)}[/]";
    }

    private static TableColumn Right(string heading) => new TableColumn(heading).RightAligned();

    private static Markup Line(RunEvent incident) =>
        new($"[yellow]![/] [grey]{Escaped(EventLine.For(incident) ?? "")}[/]") { Overflow = Overflow.Ellipsis };

    private static string Stage(RunView view) => view.Stage switch
    {
        RunStage.Gathering => "waiting for agents",
        RunStage.Running => "running",
        RunStage.Completed => "complete",
        RunStage.Incomplete => "incomplete",
        _ => "failed",
    };

    private static string Escaped(string text) => Markup.Escape(SafeText.OneLine(text));
}
