using System.Reflection;

namespace EdgeFlora.Coordinator.Dashboard;

/// <summary>The dashboard's files, which are part of the program: nothing is read from a disk or a network.</summary>
internal static class DashboardFiles
{
    private const string Prefix = "dashboard/";

    public static IReadOnlyDictionary<string, DashboardFile> All { get; } = Read().ToDictionary(file => file.Name, StringComparer.Ordinal);

    private static IEnumerable<DashboardFile> Read()
    {
        Assembly own = typeof(DashboardFiles).Assembly;
        foreach (string resource in own.GetManifestResourceNames().Where(resource => resource.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = own.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            yield return new DashboardFile(resource[Prefix.Length..], content);
        }
    }
}
