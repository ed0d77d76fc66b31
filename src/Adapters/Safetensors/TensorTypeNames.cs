namespace EdgeFlora.Adapters.Safetensors;

/// <summary>The spelling and size of each <see cref="TensorType"/> in a file.</summary>
internal static class TensorTypeNames
{
    private static readonly (TensorType Type, string Name, int Bytes)[] Known =
    [
        (TensorType.Bool, "BOOL", 1),
        (TensorType.U8, "U8", 1),
        (TensorType.I8, "I8", 1),
        (TensorType.F8E5M2, "F8_E5M2", 1),
        (TensorType.F8E4M3, "F8_E4M3", 1),
        (TensorType.U16, "U16", 2),
        (TensorType.I16, "I16", 2),
        (TensorType.F16, "F16", 2),
        (TensorType.BF16, "BF16", 2),
        (TensorType.U32, "U32", 4),
        (TensorType.I32, "I32", 4),
        (TensorType.F32, "F32", 4),
        (TensorType.U64, "U64", 8),
        (TensorType.I64, "I64", 8),
        (TensorType.F64, "F64", 8),
    ];

    /// <summary>All spellings, for messages.</summary>
    public static string All { get; } = string.Join(", ", Known.Select(k => k.Name));

    public static string Name(this TensorType type) => Known[(int)type].Name;

    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this TensorType type) => Known[(int)type].Bytes;

    public static TensorType? Parse(string name)
    {
        foreach ((TensorType type, string known, _) in Known)
        {
            if (known == name)
            {
                return type;
            }
        }

        return null;
    }
}
