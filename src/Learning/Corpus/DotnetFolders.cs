using System.Runtime.InteropServices;

namespace EdgeFlora.Learning.Corpus;

/// <summary>Where a .NET SDK may be installed.</summary>
internal static class DotnetFolders
{
    /// <summary>
    /// Existing folders, most telling first: what the environment says, the runtime this process runs on, the <c>dotnet</c> on the path, the
    /// installers' folders, NuGet's packages.
    /// </summary>
    public static IEnumerable<string> Probable()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
            FolderOf(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")),
            // …/dotnet/shared/Microsoft.NETCore.App/VERSION/
            Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
            .. OnPath(),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet"),
            "/usr/share/dotnet",
            "/usr/lib/dotnet",
            "/usr/lib64/dotnet",
            "/usr/local/share/dotnet",
            Path.Combine(home, ".dotnet"),
            Environment.GetEnvironmentVariable("NUGET_PACKAGES"),
            Path.Combine(home, ".nuget", "packages"),
        ];
        return candidates.OfType<string>().Where(Directory.Exists).Select(Path.GetFullPath).Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<string?> OnPath()
    {
        string muxer = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => FolderOf(Path.Combine(folder, muxer)));
    }

    /// <summary>The folder of a program, its links followed (<c>/usr/bin/dotnet</c> is often one).</summary>
    private static string? FolderOf(string? program) =>
        File.Exists(program) ? Path.GetDirectoryName(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program) : null;
}
