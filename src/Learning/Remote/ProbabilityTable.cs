using System.Runtime.InteropServices;

namespace EdgeFlora.Learning.Remote;

/// <summary>Rows of equal length as singles, end to end.</summary>
internal static class ProbabilityTable
{
    public static byte[] ToBytes(float[][] rows)
    {
        int columns = rows.Length == 0 ? 0 : rows[0].Length;
        float[] values = new float[rows.Length * columns];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].CopyTo(values, i * columns);
        }

        return MemoryMarshal.AsBytes<float>(values).ToArray();
    }

    /// <exception cref="InvalidDataException">Another length, or a value that is no probability.</exception>
    public static float[][] Parse(ReadOnlySpan<byte> bytes, int rows, int columns)
    {
        if (bytes.Length != (long)rows * columns * sizeof(float))
        {
            throw new InvalidDataException($"{bytes.Length} bytes came, {rows} rows of {columns} probabilities were expected.");
        }

        float[][] table = new float[rows][];
        for (int i = 0; i < rows; i++)
        {
            table[i] = MemoryMarshal.Cast<byte, float>(bytes.Slice(i * columns * sizeof(float), columns * sizeof(float))).ToArray();
            if (Array.Find(table[i], p => !(p is >= 0 and <= 1.001f)) is var wrong && wrong != 0)
            {
                throw new InvalidDataException($"Row {i} holds {wrong}, which is no probability.");
            }
        }

        return table;
    }
}
