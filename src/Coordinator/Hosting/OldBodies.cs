using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Before version 7 of the state folder it held one run, whose bodies lay in the folder that now has one folder for each run.</summary>
internal static class OldBodies
{
    /// <summary>Moves them to where the run looks for them. A repeat, also after a crash between two of them, moves the rest.</summary>
    public static void Move(StoreOptions folder, RunCatalogue catalogue)
    {
        string[] loose = [.. Directory.EnumerateFileSystemEntries(folder.BlobFolder).Where(entry => !Guid.TryParse(Path.GetFileName(entry), out _))];
        if (loose.Length == 0 || catalogue.All().FirstOrDefault(entry => entry.IsOfEarlierBuild) is not { } run)
        {
            return;
        }

        string target = folder.BodiesOf(run.Id);
        PrivateFolder.Create(target);
        foreach (string entry in loose)
        {
            Directory.Move(entry, Path.Combine(target, Path.GetFileName(entry)));
        }
    }
}
