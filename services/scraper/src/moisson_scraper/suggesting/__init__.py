"""From the pages behind an address to a spider that could read them. Pure: pages come in, scored proposals go out."""
