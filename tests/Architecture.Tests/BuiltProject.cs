using System.Reflection;
using System.Xml.Linq;

namespace EdgeFlora.Architecture.Tests;

/// <summary>A project of ours as it was compiled.</summary>
internal static class BuiltProject
{
    /// <summary>From among the tests' own files, or from its own folder beside theirs: the torch engine is not referenced.</summary>
    public static Assembly Load(string project)
    {
        string here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string file = $"{NameOf(project)}.dll";
        string own = Path.Combine(here, file);
        return Assembly.LoadFrom(File.Exists(own) ? own : Path.Combine(here, "..", "..", project, Path.GetFileName(here), file));
    }

    private static string NameOf(string project) =>
        (string?)XDocument.Load(Path.Combine(SourceTree.Root, "src", project, $"{project}.csproj")).Descendants("AssemblyName").FirstOrDefault() ?? $"EdgeFlora.{project}";
}
