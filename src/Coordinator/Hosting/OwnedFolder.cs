using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Storage;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Keeps a service's state folder from others.</summary>
internal static class OwnedFolder
{
    /// <summary>A run's state is for its owner alone: it holds agents' updates and, while a round of a private run is frozen, its noise.</summary>
    /// <exception cref="StateFolderException">The folder belongs to somebody else.</exception>
    public static void Secure(StoreOptions folder, ILogger log)
    {
        try
        {
            if (PrivateFolder.Secure(folder.StateFolder, folder.Marks) is { } closed)
            {
                log.StateFolderClosed(closed);
            }

            PrivateFolder.Create(folder.BlobFolder);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException)
        {
            throw new StateFolderException($"Store:StateFolder '{folder.StateFolder}' can't be used: {failure.Message}", failure);
        }
    }
}
