namespace EdgeFlora.Learning.Remote;

/// <summary>
/// Where the program of the torch engine lies. It is no part of this one: its native libraries weigh hundreds of megabytes, and few devices need
/// them.
/// </summary>
public static class TorchWorker
{
    private const string Project = "Learning.Torch";
    private const string Assembly = $"EdgeFlora.{Project}.dll";

    /// <summary>How to get it, for messages.</summary>
    public const string HowToGet = "edgeflora torch install fetches and builds it, and the torch image has it (infra/README.md)";

    /// <summary>Its assembly; null if it is not there.</summary>
    /// <param name="folder">Of this program: <see cref="AppContext.BaseDirectory"/>.</param>
    public static string? Find(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string own = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string[] places =
        [
            Path.Combine(own, "torch", Assembly),

            // In a source tree: artifacts/bin/PROJECT/CONFIGURATION.
            Path.Combine(own, "..", "..", Project, Path.GetFileName(own), Assembly),
        ];
        return Array.Find(places, File.Exists) is { } found ? Path.GetFullPath(found) : null;
    }
}
