using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Demo;

/// <summary>The folder a demo writes to.</summary>
internal sealed class DemoFolder
{
    private const string Mark = ".edgeflora-demo";
    private static readonly string[] Own = [Mark, "adapter", "data", "state", "logs", "ledger.json", "report.html", "result.json"];

    private readonly string root;

    private DemoFolder(string root) => this.root = root;

    public string Root => root;

    public string Adapter => Path.Combine(root, "adapter");

    public string Ledger => Path.Combine(root, "ledger.json");

    public string Report => Path.Combine(root, "report.html");

    public string Result => Path.Combine(root, "result.json");

    public string CoordinatorState => Path.Combine(root, "state", "coordinator");

    /// <summary>The central test set.</summary>
    public string TestFile => Path.Combine(root, "data", "test.jsonl");

    /// <summary>Names of the classes, one a line.</summary>
    public string LabelFile => Path.Combine(root, "data", "labels.txt");

    public string AgentState(string agent) => Path.Combine(root, "state", agent);

    public string DataFile(string agent) => Path.Combine(root, "data", $"{agent}.jsonl");

    public string HeldOutFile(string agent) => Path.Combine(root, "data", $"{agent}.held-out.jsonl");

    public string Log(string program) => Path.Combine(root, "logs", $"{program}.log");

    /// <summary>Takes a folder over: a new or empty one, or one of an earlier demo, whose files are deleted.</summary>
    /// <exception cref="InputException">It holds something else, or cannot be written; nothing was deleted.</exception>
    public static DemoFolder Take(string path)
    {
        var folder = new DemoFolder(path);
        try
        {
            if (File.Exists(path))
            {
                throw new InputException($"--out is '{path}', which is a file; give a folder");
            }

            Directory.CreateDirectory(path);
            string[] names = [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry))];
            string[] foreign = names.Contains(Mark) ? [.. names.Except(Own)] : names;
            if (foreign.Length > 0)
            {
                throw new InputException(
                    $"--out is '{path}', which holds '{foreign.Order(StringComparer.Ordinal).First()}' that no demo wrote; "
                        + $"give an empty or new folder");
            }

            folder.Clear();
            File.WriteAllText(Path.Combine(path, Mark), "This folder belongs to `edgeflora demo`, which replaces what is in it.\n");
            Directory.CreateDirectory(Path.Combine(path, "data"));
            return folder;
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--out is '{path}', which cannot be written: {reason.Message}", reason);
        }
    }

    private void Clear()
    {
        foreach (string name in Own)
        {
            string path = Path.Combine(root, name);
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else if (name != Mark)
            {
                File.Delete(path);
            }
        }
    }
}
