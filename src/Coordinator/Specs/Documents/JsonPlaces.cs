using System.Text;

namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>Rows and columns of byte offsets, asked for in ascending order: one pass over the text.</summary>
internal sealed class JsonPlaces(byte[] text, string? file)
{
    private int row = 1;
    private int lineStart;
    private int read;

    public SpecPlace At(long offset)
    {
        for (; read < offset; read++)
        {
            if (text[read] == (byte)'\n')
            {
                row++;
                lineStart = read + 1;
            }
        }

        return new SpecPlace(file, row, 1 + Encoding.UTF8.GetCharCount(text, lineStart, (int)offset - lineStart));
    }
}
