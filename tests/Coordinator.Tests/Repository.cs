namespace EdgeFlora.Coordinator.Tests;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>
    /// Environment variable that, set to 1, lets tests write files that are generated and kept in the tree, to be reviewed as differences.
    /// </summary>
    public const string UpdateVariable = "EDGEFLORA_UPDATE_DOCS";

    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string? folder) =>
        folder is null ? throw new DirectoryNotFoundException("EdgeFlora.sln is in no parent folder of the tests")
        : File.Exists(Path.Combine(folder, "EdgeFlora.sln")) ? folder
        : Find(Path.GetDirectoryName(folder));
}
