using EdgeFlora.Adapters;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.EdgeAgent;
using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;
using Microsoft.Extensions.Options;

namespace EdgeFlora.Cli.Hosting;

/// <summary>Tells what the user can mend (an option, a file, a disk, the broker) from our own failures.</summary>
internal static class Mistakes
{
    // ENOSPC and EDQUOT as .NET hands them on, and Windows' ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static readonly int[] DiskFull = [28, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>What is wrong and what would help, for the user; null if it is a failure of ours.</summary>
    public static string? Describe(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: [var only] } => Describe(only),
        IOException full when DiskFull.Contains(full.HResult) => $"{full.Message.TrimEnd('.')}; free some space, or name a folder on another disk",
        FileNotFoundException or DirectoryNotFoundException or FolderInUseException or ForeignFolderException => failure.Message,
        IOException => $"{failure.Message.TrimEnd('.')}; see that the file or folder can be read and written, and that its disk works",
        OutOfMemoryException => $"not enough memory: {failure.Message.TrimEnd('.')}; choose smaller batches, texts or models, or a machine with more",
        UnauthorizedAccessException => $"{failure.Message.TrimEnd('.')}; give this user the right to it, or name another",
        InputException or ServiceProblemException or OptionsValidationException or CoordinatorOptionsException or StateFolderException
            or StoreUnavailableException
            or AgentRefusedException or BrokerUnreachableException or BrokerUsersException or InvalidDataException or AdapterFormatException
            or TrainingDivergedException =>
                failure.Message,
        _ => null,
    };
}
