using EdgeFlora.Adapters;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.EdgeAgent;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Options;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Failures that the user can mend: exceptions by which the parts say that an option, a file or the broker is not what it should be, and what the system says of files and memory.</summary>
internal static class UserMistake
{
    private const int NoSpace = 28; // ENOSPC of Linux and macOS
    private const int NoSpaceOnWindows = unchecked((int)0x80070070);
    private const int NoQuota = 122; // EDQUOT of Linux

    /// <summary>One line that says what is wrong and what would be right; null for a failure of our own.</summary>
    public static string? Describe(Exception failure) => failure switch
    {
        AggregateException { InnerException: { } first } => Describe(first),
        InputException or OptionsValidationException or CoordinatorOptionsException or StateFolderException or AgentRefusedException
            or BrokerUnreachableException or InvalidDataException or AdapterFormatException or TrainingDivergedException => failure.Message,
        UnauthorizedAccessException => Denied(failure.Message),
        PathTooLongException => $"{failure.Message} Give a shorter path",
        FileNotFoundException or DirectoryNotFoundException or DriveNotFoundException => failure.Message,
        IOException { HResult: NoSpace or NoSpaceOnWindows or NoQuota } => $"{failure.Message} Nothing was replaced; free some space on the disk, or choose a folder on another one",
        IOException => failure.Message,
        OutOfMemoryException => $"not enough memory: {failure.Message} Choose smaller batches, texts or models, or a machine with more",
        _ => null,
    };

    /// <summary>The system says only "denied" also where a folder is in the place of a file.</summary>
    private static string Denied(string message)
    {
        int first = message.IndexOf('\'', StringComparison.Ordinal);
        int last = message.LastIndexOf('\'');
        string path = last > first && first >= 0 ? message[(first + 1)..last] : "";
        return Directory.Exists(path) && !message.Contains("read-only", StringComparison.Ordinal) && CanList(path)
            ? $"{path} is a folder where a file is expected, or may not be written to by this user; give another path, or the right to this one"
            : $"{message} Give this user the right to it, or choose another path";
    }

    private static bool CanList(string folder)
    {
        try
        {
            using IEnumerator<string> entries = Directory.EnumerateFileSystemEntries(folder).GetEnumerator();
            entries.MoveNext();
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
