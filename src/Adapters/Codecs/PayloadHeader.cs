using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>What stands before the values in a payload. Every adapter, codec and reference has exactly one header.</summary>
/// <remarks>
/// Little-endian. <c>EFAD</c>, u16 format (1), name codec, u8 codec version (1), u8 1 and 32 bytes SHA-256 of the reference or u8 0; u16 rank, f64
/// alpha, u8 variant, names of target modules, names of modules to save; u32 count and per module: name, u32 outputs, u32 inputs; u32 count and per
/// saved tensor: name, u8 dimensions, u32 each. A name is u16 length and UTF-8, a list of names is u16 count and the names. Names are in ordinal
/// order. Format 2, of differences that leave something out: after a module's inputs u8, 1 for A that is left out and 2 for B, summed.
/// </remarks>
internal static class PayloadHeader
{
    private const ushort Format = 1;

    private const ushort FormatWithGaps = 2;

    private const byte CodecVersion = 1;

    private const byte GapA = 1;

    private const byte GapB = 2;

    private const int MaxRank = 1024;

    private const int MaxDimensions = 16;

    private static ReadOnlySpan<byte> Magic => "EFAD"u8;

    /// <param name="leftOut">Factors that are the reference's; null for none.</param>
    public static byte[] Write(AdapterCodec codec, string? referenceHash, AdapterShape shape, FrozenFactors? leftOut = null)
    {
        bool[] gaps = AdapterTensors.Frozen(shape, leftOut ?? FrozenFactors.None);
        bool withGaps = gaps.Contains(true);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(withGaps ? FormatWithGaps : Format);
        Write(writer, codec.Name);
        writer.Write(CodecVersion);
        writer.Write(referenceHash is not null);
        writer.Write(referenceHash is null ? [] : Convert.FromHexString(referenceHash));

        writer.Write((ushort)shape.Settings.Rank);
        writer.Write(shape.Settings.Alpha);
        writer.Write((byte)shape.Settings.Variant);
        Write(writer, shape.Settings.TargetModules);
        Write(writer, shape.Settings.ModulesToSave);
        writer.Write(shape.Modules.Count);
        for (int i = 0; i < shape.Modules.Count; i++)
        {
            Write(writer, shape.Modules[i].Name);
            writer.Write(shape.Modules[i].Outputs);
            writer.Write(shape.Modules[i].Inputs);
            if (withGaps)
            {
                writer.Write((byte)((gaps[2 * i] ? GapA : 0) | (gaps[(2 * i) + 1] ? GapB : 0)));
            }
        }

        writer.Write(shape.Saved.Count);
        foreach (TensorShape tensor in shape.Saved)
        {
            Write(writer, tensor.Name);
            writer.Write((byte)tensor.Dimensions.Count);
            foreach (int dimension in tensor.Dimensions)
            {
                writer.Write(dimension);
            }
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <exception cref="AdapterFormatException">
    /// Anything that <see cref="Write(AdapterCodec, string?, AdapterShape, FrozenFactors?)"/> never writes.
    /// </exception>
    public static PayloadDescription Read(ref PayloadReader reader)
    {
        if (!reader.Take(Magic.Length).SequenceEqual(Magic))
        {
            throw new AdapterFormatException("The payload does not begin with EFAD, so it is no adapter of EdgeFlora.");
        }

        ushort format = reader.UInt16();
        Require("format", format, format == FormatWithGaps ? FormatWithGaps : Format);
        AdapterCodec codec = AdapterCodec.Parse(reader.Name());
        Require("codec version", reader.Byte(), CodecVersion);
        byte difference = reader.Byte();
        if (difference > 1)
        {
            throw new AdapterFormatException($"The payload's difference mark is {difference}, expected 0 or 1.");
        }

        string? reference = difference == 1 ? Convert.ToHexStringLower(reader.Take(32)) : null;
        LoraSettings settings = ReadSettings(ref reader);
        (List<ModuleShape> modules, FrozenFactors leftOut) = ReadModules(ref reader, withGaps: format == FormatWithGaps);
        List<TensorShape> saved = ReadSaved(ref reader);
        if (format == FormatWithGaps && (reference is null || leftOut.Equals(FrozenFactors.None)))
        {
            throw new AdapterFormatException("The payload is of format 2, but holds no differences or leaves nothing out; expected format 1.");
        }

        try
        {
            return new PayloadDescription(codec, reference, new AdapterShape(settings, modules, saved), leftOut);
        }
        catch (ArgumentException e)
        {
            throw new AdapterFormatException($"The payload describes no possible adapter: {e.Message}", e);
        }
    }

    private static LoraSettings ReadSettings(ref PayloadReader reader)
    {
        ushort rank = reader.UInt16();
        double alpha = reader.Double();
        var variant = (AdapterVariant)reader.Byte();
        if (rank is 0 or > MaxRank || !(alpha > 0) || !double.IsFinite(alpha) || !Enum.IsDefined(variant))
        {
            throw new AdapterFormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"The payload has rank {rank}, alpha {alpha} and variant {variant}, expected a rank in 1 … {MaxRank}, a finite alpha above 0 and "
                    + $"a known variant."));
        }

        return new LoraSettings { Rank = rank, Alpha = alpha, Variant = variant, TargetModules = reader.Names(), ModulesToSave = reader.Names() };
    }

    private static (List<ModuleShape> Modules, FrozenFactors LeftOut) ReadModules(ref PayloadReader reader, bool withGaps)
    {
        var modules = new List<ModuleShape>();
        var gapsOfA = new List<string>();
        var gapsOfB = new List<string>();
        for (int count = reader.Positive("number of modules"); count > 0; count--)
        {
            string name = reader.Name();
            PayloadReader.RequireOrder(modules.Count > 0 ? modules[^1].Name : null, name);
            modules.Add(new ModuleShape(name, reader.Positive("number of outputs"), reader.Positive("number of inputs")));
            byte gaps = withGaps ? reader.Byte() : (byte)0;
            if (gaps > (GapA | GapB))
            {
                throw new AdapterFormatException($"The payload's mark of what is left out of module '{name}' is {gaps}, expected 0 … {GapA | GapB}.");
            }

            gapsOfA.AddRange((gaps & GapA) == 0 ? [] : [name]);
            gapsOfB.AddRange((gaps & GapB) == 0 ? [] : [name]);
        }

        return (modules, new FrozenFactors(gapsOfA, gapsOfB));
    }

    private static List<TensorShape> ReadSaved(ref PayloadReader reader)
    {
        var saved = new List<TensorShape>();
        for (uint count = BinaryPrimitives.ReadUInt32LittleEndian(reader.Take(4)); count > 0; count--)
        {
            string name = reader.Name();
            PayloadReader.RequireOrder(saved.Count > 0 ? saved[^1].Name : null, name);
            byte rank = reader.Byte();
            if (rank > MaxDimensions)
            {
                throw new AdapterFormatException($"The payload's tensor '{name}' has {rank} dimensions, at most {MaxDimensions} are read.");
            }

            int[] dimensions = new int[rank];
            for (int i = 0; i < dimensions.Length; i++)
            {
                dimensions[i] = reader.Positive("dimension");
            }

            saved.Add(new TensorShape(name, dimensions));
        }

        return saved;
    }

    private static void Write(BinaryWriter writer, string name)
    {
        TensorName.Check(name, "The adapter");
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        writer.Write((ushort)bytes.Length);
        writer.Write(bytes);
    }

    private static void Write(BinaryWriter writer, IEnumerable<string> names)
    {
        string[] sorted = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        writer.Write((ushort)sorted.Length);
        Array.ForEach(sorted, name => Write(writer, name));
    }

    private static void Require(string what, int found, int expected)
    {
        if (found != expected)
        {
            throw new AdapterFormatException($"The payload's {what} is {found}, expected {expected}; it is damaged or from a newer EdgeFlora.");
        }
    }
}
