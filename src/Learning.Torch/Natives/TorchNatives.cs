using System.Runtime.InteropServices;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Torch.Natives;

/// <summary>Loads libtorch before TorchSharp looks for it, and says why where it cannot be loaded.</summary>
/// <remarks>TorchSharp swallows the loader's message, and after a failed load it may copy the natives of the package cache once more.</remarks>
internal static class TorchNatives
{
    private static readonly Lazy<string?> Loaded = new(
        () => Load(NativeFolder.Of(AppContext.BaseDirectory), NativePlatform.Current, NativeLibrary.Load));

    /// <summary>Why the libraries cannot be loaded, with what would help; null if they are loaded.</summary>
    public static string? Problem => Loaded.Value;

    /// <exception cref="EngineUnavailableException">They cannot be loaded; the message says why and what would help.</exception>
    public static void Require()
    {
        if (Problem is { } problem)
        {
            throw new EngineUnavailableException(problem);
        }
    }

    /// <summary>Loads what TorchSharp calls into.</summary>
    /// <param name="load">Loads a library by its path; throws as <see cref="NativeLibrary.Load(string)"/> does.</param>
    /// <returns>Why they cannot be loaded; null if they are.</returns>
    internal static string? Load(NativeFolder folder, NativePlatform platform, Func<string, nint> load)
    {
        if (folder.Missing(platform) is { } missing)
        {
            return missing;
        }

        string? path = null;
        try
        {
            foreach (string library in platform.Libraries)
            {
                path = Path.Combine(folder.Path, library);
                load(path);
            }

            return null;
        }
        catch (Exception refused) when (refused is DllNotFoundException or BadImageFormatException)
        {
            return LoadFailure.Describe(refused.Message, path!, platform);
        }
    }
}
