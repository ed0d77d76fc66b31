namespace EdgeFlora.Architecture.Tests;

/// <summary>The checked-out sources, found from where the tests run.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) => File.Exists(Path.Combine(folder, "EdgeFlora.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("EdgeFlora.sln lies in no folder above the tests."));
}
