Console.WriteLine("edgeflora");
