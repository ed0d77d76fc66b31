namespace EdgeFlora.Storage;

/// <summary>The place of a folder that is to be written is taken by something that is not ours to replace. The message says by what.</summary>
public sealed class ForeignFolderException : IOException
{
    public ForeignFolderException()
    {
    }

    public ForeignFolderException(string message)
        : base(message)
    {
    }

    public ForeignFolderException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
