using System.Globalization;

namespace EdgeFlora.Storage;

/// <summary>A folder of state is held by another process. The message names folder and process, and says what to do.</summary>
public sealed class FolderInUseException : IOException
{
    public FolderInUseException()
    {
    }

    public FolderInUseException(string message)
        : base(message)
    {
    }

    public FolderInUseException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal FolderInUseException(string folder, int? holder, Exception innerException)
        : base(Sentence(folder, holder), innerException) => ProcessId = holder;

    /// <summary>The process that holds the folder; null if it could not be told.</summary>
    public int? ProcessId { get; }

    private static string Sentence(string folder, int? holder) => string.Create(
        CultureInfo.InvariantCulture,
        $"The state folder '{folder}' is in use by {(holder is { } id ? $"process {id}" : "another process")}; stop that one, or name another "
        + $"folder.");
}
