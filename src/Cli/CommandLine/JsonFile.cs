using System.CommandLine;
using System.Text.Json;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>The file that <c>--json</c> names.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Option<string> Option(string content) => new("--json") { Description = $"File for {content}", HelpName = "FILE" };

    /// <summary>Called before the work, so that it is not lost for want of a folder.</summary>
    /// <exception cref="InputException">The file's folder is missing, or a folder is in its place.</exception>
    public static string? Check(string? file)
    {
        string? folder = file is null ? null : Path.GetDirectoryName(Path.GetFullPath(file));
        return file is not null && (!Directory.Exists(folder) || Directory.Exists(file))
            ? throw new InputException($"--json is '{file}'; it must be a file in a folder that exists")
            : file;
    }

    /// <summary>Writes the file as a whole; nothing if <paramref name="file"/> is null.</summary>
    public static void Write<T>(string? file, T content)
    {
        if (file is not null)
        {
            AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, content, Format));
        }
    }
}
