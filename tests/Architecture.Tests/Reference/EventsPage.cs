using System.Reflection;
using EdgeFlora.Contracts.Events;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Architecture.Tests.Reference;

/// <summary>Events of runs, and of logs.</summary>
internal static class EventsPage
{
    private static readonly string[] Projects = ["Coordinator", "EdgeAgent", "Transport", "Cli"];

    public static string Text()
    {
        var comments = new CodeComments("EdgeFlora.Contracts");
        return "# Events\n\n## Of runs\n\nIn `edgeflora events`, `/api/v1/runs/{id}/events` and the dashboard.\n\n"
            + Table.Of(
                ["Event", "Means"],
                Enum.GetNames<RunEventKind>().Select(kind => (string[])[Table.Code(kind), comments.Of(typeof(RunEventKind), kind)]))
            + "\n## Of logs\n\nA line of a log is an event in compact JSON; `EventId.Name` is the name here, "
            + "and `EventId.Id` counts within the part of the program.\n\n"
            + string.Join("\n", Projects.SelectMany(Parts));
    }

    private static IEnumerable<string> Parts(string project) => BuiltProject.Load(project).GetTypes()
        .Select(type => (Type: type, Messages: Messages(type)))
        .Where(part => part.Messages.Length > 0)
        .OrderBy(part => part.Type.FullName, StringComparer.Ordinal)
        .Select(part => $"### {part.Type.FullName!["EdgeFlora.".Length..]}\n\n" + Table.Of(
            ["Event", "Id", "Level", "Message"],
            part.Messages.OrderBy(message => message.Event.EventId)
                .Select(message => (string[])
                    [Table.Code(message.Name), $"{message.Event.EventId}", message.Event.Level.ToString(), message.Event.Message])));

    private static (string Name, LoggerMessageAttribute Event)[] Messages(Type type) =>
    [
        .. type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            .Select(method => (method.Name, Event: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(message => message.Event is not null).Select(message => (message.Name, message.Event!)),
    ];
}
