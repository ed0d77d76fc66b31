using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Cli.Service;
using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Moving;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary><c>edgeflora coordinator copy-bodies</c>.</summary>
internal sealed class CopyBodiesCommand : Command
{
    private readonly Option<string> from = new("--from")
    {
        Description = "Configuration as the coordinators had it, with state, store and s3",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string> config = new("--config")
    {
        Description = "Configuration as they will have it, with the same store.url and another store.bodies",
        HelpName = "FILE",
        Required = true,
    };

    public CopyBodiesCommand()
        : base(
            "copy-bodies",
            "Bring the bodies of stopped coordinators on PostgreSQL to another place: state folder, database or bucket (docs/operate.md).")
    {
        Options.Add(from);
        Options.Add(config);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        ServicePlace before = Place(parsed.GetRequiredValue(from), "--from");
        ServicePlace after = Place(parsed.GetRequiredValue(config), "--config");
        output.WriteLine($"from {before} to {after}");
        MovedBodies moved = await new BodyMoving(before, after, TimeProvider.System, output.WriteLine).RunAsync(stop);
        output.WriteLine(moved.WasDone
            ? $"the service keeps its bodies in {after} already; nothing was copied"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"copied {moved.Copied} bodies ({Shown.Bytes(moved.Bytes)}); all {moved.Bodies} are in {after} and whole"));
        if (moved.Removed > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"removed {moved.Removed} objects from {before}"));
        }

        output.WriteLine(Next(before, after, parsed.GetRequiredValue(config)));
        return ExitCode.Done;
    }

    private static string Next(ServicePlace before, ServicePlace after, string file) => (before.Database.Bodies, after.Database.Bodies) switch
    {
        (_, BodyPlace.Folder) => $"serve with --config {file}; all replicas share {after.StateFolder}",
        (BodyPlace.Folder, _) => $"serve with --config {file}, each replica with a state folder of its own; {before.StateFolder} may be that of one "
            + "of them",
        _ => $"serve with --config {file}",
    };

    private static ServicePlace Place(string file, string option)
    {
        ServiceConfiguration read = ServiceArguments.Configuration(file, option);
        PostgresOptions database = StoreArguments.Read(typed: null, read)
            ?? throw new InputException($"{option} {file} names no database; give store.url, for a service on a file has its bodies beside it");
        return new ServicePlace(read.State ?? "coordinator-state", database);
    }
}
