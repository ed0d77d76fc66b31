using System.Text;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>
/// The file of an <see cref="ErrorFeedback"/>: <c>EFEF</c>, u16 format (1), u16 length and UTF-8 of the staged task (length 0: none), the residual's
/// <c>fp32</c> payload, the staged one's.
/// </summary>
internal static class ErrorFeedbackFile
{
    private const ushort Format = 1;

    private static ReadOnlySpan<byte> Magic => "EFEF"u8;

    public static byte[] Header(string? stagedTask)
    {
        byte[] task = Encoding.UTF8.GetBytes(stagedTask ?? string.Empty);
        return [.. Magic, .. BitConverter.GetBytes(Format), .. BitConverter.GetBytes((ushort)task.Length), .. task];
    }

    public static (string? StagedTask, LoraAdapter Residual, LoraAdapter? Staged) Read(string path, AdapterShape shape)
    {
        long payload = AdapterCodec.Parse("fp32").PayloadLength(shape, difference: false);
        long length = new FileInfo(path).Length;
        long longest = (2 * payload) + Magic.Length + 4 + ushort.MaxValue;
        if (length > longest)
        {
            throw new AdapterFormatException($"{path}: the file takes {length} bytes, expected at most {longest}.");
        }

        try
        {
            var reader = new PayloadReader(File.ReadAllBytes(path));
            if (!reader.Take(Magic.Length).SequenceEqual(Magic) || reader.UInt16() != Format)
            {
                throw new AdapterFormatException($"The file does not begin with EFEF and format {Format}.");
            }

            int taskLength = reader.UInt16();
            string? task = taskLength == 0 ? null : Encoding.UTF8.GetString(reader.Take(taskLength));
            LoraAdapter residual = AdapterPayload.Decode(reader.Take((int)Math.Min(payload, reader.Remaining)), shape);
            LoraAdapter? staged = task is null ? null : AdapterPayload.Decode(reader.Take((int)Math.Min(payload, reader.Remaining)), shape);
            return reader.Remaining == 0
                ? (task, residual, staged)
                : throw new AdapterFormatException($"The file has {reader.Remaining} bytes too many.");
        }
        catch (AdapterFormatException e)
        {
            throw new AdapterFormatException($"{path}: {e.Message}", e);
        }
    }
}
