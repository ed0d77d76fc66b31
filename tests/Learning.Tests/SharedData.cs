namespace EdgeFlora.Learning.Tests;

/// <summary>
/// Models, data sets and cases that lie beside some checkouts, in a folder <c>shared</c> above the tests; without them their tests are skipped.
/// </summary>
internal static class SharedData
{
    public static string Model(string name) => Find("data", "models", name);

    public static string DataSet(string name) => Find("data", "datasets", name);

    /// <summary>A file or folder of the cases that were made after reports of other people's trouble.</summary>
    public static string Case(params ReadOnlySpan<string> path) => Find(["cases", .. path]);

    /// <summary>The folder of all cases; null if it is not there.</summary>
    public static string? Cases() => Above("cases");

    private static string Find(params string[] path)
    {
        string? found = Above(path);
        Assert.SkipWhen(found is null, $"no folder above the tests has shared/{string.Join('/', path)}");
        return found!;
    }

    private static string? Above(params string[] path)
    {
        DirectoryInfo? above = new(AppContext.BaseDirectory);
        while (above is not null && !Path.Exists(In(above)))
        {
            above = above.Parent;
        }

        return above is null ? null : In(above);

        string In(DirectoryInfo root) => Path.Combine([root.FullName, "shared", .. path]);
    }
}
