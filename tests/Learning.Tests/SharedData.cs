namespace EdgeFlora.Learning.Tests;

/// <summary>Models and data sets that lie beside some checkouts, in a folder <c>shared/data</c> above the tests; without them their tests are skipped.</summary>
internal static class SharedData
{
    public static string Model(string name) => Find("models", name);

    public static string DataSet(string name) => Find("datasets", name);

    private static string Find(string kind, string name)
    {
        DirectoryInfo? above = new(AppContext.BaseDirectory);
        while (above is not null && !Directory.Exists(In(above)))
        {
            above = above.Parent;
        }

        Assert.SkipWhen(above is null, $"no folder above the tests has shared/data/{kind}/{name}");
        return In(above!);

        string In(DirectoryInfo root) => Path.Combine(root.FullName, "shared", "data", kind, name);
    }
}
