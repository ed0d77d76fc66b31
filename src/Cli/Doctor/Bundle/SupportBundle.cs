using System.IO.Compression;
using System.Text;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Doctor.Bundle;

/// <summary>What somebody needs who is to help, in one file, without secrets.</summary>
internal static class SupportBundle
{
    private const string About = """
        Written by edgeflora doctor --bundle. checks.txt and checks.json: what was looked at and found. settings.txt: what holds, and where it
        was given. log.txt: the newest lines of the agent's log. Passwords, tokens and keys are replaced by (hidden), in all of them.
        No private data, no model and no adapter is in it; names of files, labels and hosts are. Look through it before you send it.

        """;

    /// <exception cref="InputException">The file is there already.</exception>
    public static void Check(string? path)
    {
        if (File.Exists(path))
        {
            throw new InputException($"--bundle is '{path}', which is there already; name another file");
        }
    }

    /// <summary>Writes it, for its owner alone.</summary>
    /// <param name="files">Names and lines; secrets are taken out of each line here.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, IEnumerable<string> Lines)> files, Scrubber scrubber)
    {
        try
        {
            using FileStream stream = PrivateFolder.Open(path, FileMode.CreateNew, FileAccess.Write);
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
            Add(zip, "README.txt", [About], scrubber);
            foreach ((string name, IEnumerable<string> lines) in files)
            {
                Add(zip, name, lines, scrubber);
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"--bundle is '{path}', which cannot be written: {refused.Message.TrimEnd('.')}; name a file in a folder of yours", refused);
        }
    }

    private static void Add(ZipArchive zip, string name, IEnumerable<string> lines, Scrubber scrubber)
    {
        using var writer = new StreamWriter(zip.CreateEntry(name).Open(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        // All at once: a key goes over several lines.
        writer.Write(scrubber.Scrub(string.Join('\n', lines) + "\n"));
    }
}
