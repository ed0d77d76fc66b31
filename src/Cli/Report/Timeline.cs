using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Events;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>Who worked when, how it ended, and where the faults struck: a lane for each agent and one for the coordinator.</summary>
internal static class Timeline
{
    private const double Width = 960;
    private const double Left = 110;
    private const double Right = 18;
    private const double Top = 30;
    private const double Lane = 34;
    private const double Bottom = 44;

    /// <summary>The incidents that are numbered in the drawing, in the order of their numbers.</summary>
    public static IReadOnlyList<RunEvent> Numbered(RunView view) =>
        [.. view.Incidents.Values.OrderBy(incident => incident.ElapsedMs).ThenBy(incident => incident.Sequence)];

    public static XElement Draw(string description, RunView view)
    {
        string[] lanes = [.. view.Agents.Keys, "coordinator"];
        double height = Top + (lanes.Length * Lane) + Bottom;
        Axis x = Axis.EndingAt(view.ElapsedMs / 1e3, Width - Left - Right);
        double X(long milliseconds) => Left + x.At(milliseconds / 1e3);
        double Y(string lane) => Top + (Math.Max(0, Array.IndexOf(lanes, lane)) * Lane);

        var content = new List<object?>();
        content.AddRange(view.Rounds.Values.Where(round => round.Number > 0).SelectMany(round => Band(round, X, height - Bottom, view.ElapsedMs)));
        foreach (double tick in x.Ticks())
        {
            content.Add(Text(Left + x.At(tick), height - Bottom + 18, tick.ToString("0.##", CultureInfo.InvariantCulture), "tick", "middle"));
        }

        content.Add(Text(Left + (x.Length / 2), height - 6, "seconds since the run began", "tick", "middle"));
        foreach (string lane in lanes)
        {
            content.Add(Text(Left - 12, Y(lane) + 21, lane, "label", "end"));
            content.Add(Line(Left, Y(lane) + Lane, Width - Right, Y(lane) + Lane, "grid"));
        }

        content.AddRange(
            view.Agents.Values.SelectMany(agent => agent.Rounds.Select(part => Work(agent, part.Key, part.Value, X, Y(agent.Name), view.ElapsedMs))));
        content.AddRange(view.Rounds.Values.Where(round => round.Figures is not null).Select(round =>
            Dot(
                X(round.ClosedMs ?? 0),
                Y("coordinator") + (Lane / 2),
                5,
                "dot s1",
                string.Create(CultureInfo.InvariantCulture, $"round {round.Number} committed"))));
        content.AddRange(Pins(view, X, Y));
        return Drawing(Width, height, description, content);
    }

    private static IEnumerable<XElement> Band(RoundView round, Func<long, double> x, double floor, long end)
    {
        double from = x(round.OpenedMs ?? 0);
        double to = x(round.ClosedMs ?? end);
        yield return Box(from, Top - 8, to - from, floor - Top + 8, round.Number % 2 == 1 ? "band" : "band even");
        yield return Text((from + to) / 2, Top - 14, string.Create(CultureInfo.InvariantCulture, $"round {round.Number}"), "tick", "middle");
    }

    private static XElement? Work(AgentView agent, int round, AgentRound part, Func<long, double> x, double y, long end)
    {
        if (part.StartedMs is not { } started)
        {
            return null;
        }

        double from = x(started);
        string tip = string.Create(CultureInfo.InvariantCulture, $"{agent.Name}, round {round}: {part.Outcome.ToString().ToLowerInvariant()}")
            + (part.Reason is { } reason ? $" ({reason})" : "");
        return Box(from, y + 8, Math.Max(2, x(part.EndedMs ?? end) - from), Lane - 16, $"work {Style(part.Outcome)}", 4, tip);
    }

    private static string Style(AgentState outcome) => outcome switch
    {
        AgentState.Accepted => "good",
        AgentState.Late => "slow",
        AgentState.Refused or AgentState.Quarantined => "bad",
        AgentState.Dropped or AgentState.Left => "gone",
        _ => "open",
    };

    private static IEnumerable<XElement> Pins(RunView view, Func<long, double> x, Func<string, double> y)
    {
        IReadOnlyList<RunEvent> incidents = Numbered(view);
        for (int i = 0; i < incidents.Count; i++)
        {
            double across = x(incidents[i].ElapsedMs);
            double down = y(incidents[i].AgentId ?? "coordinator") + (Lane / 2);
            yield return Dot(across, down, 9, "pin", EventLine.For(incidents[i]) ?? "");
            yield return Text(across, down + 4, (i + 1).ToString(CultureInfo.InvariantCulture), "pinned", "middle");
        }
    }
}
